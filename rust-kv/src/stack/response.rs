//! A reply as the `http` crate has it, for the stacks of hyper.

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode, Version,
    header::{ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE},
};

use crate::answer::Reply;

/// The response to a request of this `version`.
pub(super) fn respond<B: From<Bytes>>(reply: Reply, version: Version) -> Response<B> {
    let is_empty = reply.body.is_empty();
    let mut response = Response::new(B::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("ours are statuses");
    // HTTP/1.0 ends the connection; by 1.1 hyper would keep it to whoever asked for that.
    *response.version_mut() = version;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    if let Some(methods) = reply.allow {
        headers.insert(ALLOW, HeaderValue::from_static(methods));
    }
    if reply.close {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if is_empty {
        // hyper adds any other length by itself, but not this one to a HEAD.
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    response
}
