//! Every answer that the store's port can give.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    HttpResponse,
    body::{BodySize, MessageBody},
    dev::Payload,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use bytes::Bytes;

use crate::stats::Outcome;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// An answer of the contract, before it becomes bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Value(Bytes),
    Inserted,
    Missing,
    EmptyKey,
    InvalidFormat,
    /// A method that the path does not take, with those that it does.
    NotAllowed(&'static str),
    TooLarge,
    /// A malformed escape, or framing that makes no sense.
    BadRequest,
    /// The client stopped in the middle of a body.
    TimedOut,
}

impl Answer {
    /// Whether the connection ends with this answer, whatever the client would like.
    pub(crate) fn ends_connection(&self) -> bool {
        matches!(self, Self::TooLarge | Self::BadRequest | Self::TimedOut)
    }

    /// What it counts as.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Value(_) => Outcome::Hit,
            Self::Missing => Outcome::Miss,
            Self::Inserted => Outcome::Inserted,
            _ => Outcome::Other,
        }
    }

    /// The response, which says `Connection: close` if `close`, and which holds on
    /// to what is `unread` of the request until it is written.
    pub(crate) fn into_response(self, close: bool, unread: Option<Payload>) -> HttpResponse {
        let (status, body) = match self {
            Self::Value(ref value) => (StatusCode::OK, value.clone()),
            Self::Inserted => text(StatusCode::OK, "Key inserted"),
            Self::Missing => text(StatusCode::NOT_FOUND, "Key not found"),
            Self::EmptyKey => text(StatusCode::BAD_REQUEST, "Key cannot be empty"),
            Self::InvalidFormat => text(
                StatusCode::BAD_REQUEST,
                "Invalid format: expected key=value",
            ),
            Self::NotAllowed(_) => text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::TooLarge => text(StatusCode::PAYLOAD_TOO_LARGE, "Body too large"),
            Self::BadRequest => text(StatusCode::BAD_REQUEST, "400 Bad Request"),
            Self::TimedOut => text(StatusCode::REQUEST_TIMEOUT, "408 Request Timeout"),
        };
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CONTENT_TYPE, TEXT));
        if let Self::NotAllowed(methods) = self {
            response.insert_header((header::ALLOW, HeaderValue::from_static(methods)));
        }
        if close {
            response.force_close();
        }
        match unread {
            None => response.body(body),
            Some(unread) => response.body(Holding {
                body,
                _unread: unread,
            }),
        }
    }
}

/// A body that keeps the request's alive beside it.
struct Holding {
    body: Bytes,
    _unread: Payload,
}

impl MessageBody for Holding {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

fn text(status: StatusCode, body: &'static str) -> (StatusCode, Bytes) {
    (status, Bytes::from_static(body.as_bytes()))
}
