//! A connection as hyper serves it, for the stacks that give it a function from requests
//! to responses.

use std::{convert::Infallible, error::Error, future::Future, io, net, pin::pin, sync::Arc};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{self, Body},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    connections::serve_each,
    response::respond,
    socket::Socket,
    threads::{Running, Stop},
};
use crate::{admin::Admin, limits::MAX_HEAD};

/// The admin port, on the thread of the program.
pub(crate) async fn serve_admin(
    listener: net::TcpListener,
    admin: Arc<Admin>,
) -> io::Result<Running> {
    Running::start(listener, None, |listener, stop| {
        serve_each(listener, stop, move |stream, stop| {
            let admin = Arc::clone(&admin);
            serve(stream, stop, move |request| {
                let path = request.uri().path().as_bytes();
                let reply = admin.reply(request.method().as_str(), path);
                let response: Response<Full<Bytes>> = respond(reply, request.version());
                async { response }
            })
        })
    })
}

/// Serves a connection with `answer` until its client is done, or until the end; then
/// what is under way is still answered.
pub(super) async fn serve<S, F, B>(
    stream: S,
    stop: Stop,
    answer: impl Fn(Request<body::Incoming>) -> F,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Response<B>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let service = service_fn(|request| {
        let response = answer(request);
        async { Ok::<_, Infallible>(response.await) }
    });
    let connection = http1::Builder::new()
        // Clients that have finished sending are answered.
        .half_close(true)
        .max_header_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Socket::new(stream)), service);
    let mut connection = pin!(connection);
    // One that fails is over, and that is all.
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        () = stop.comes() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// The answer of the store, where nothing stands between it and hyper.
#[cfg(not(feature = "stack-warp"))]
pub(super) async fn answer(
    handler: Arc<crate::handler::Handler>,
    request: Request<body::Incoming>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let length = body.size_hint().exact();
    let body = http_body_util::BodyDataStream::new(body);
    let mut incoming = crate::body::Incoming::new(length, body);
    let method = head.method.as_str();
    let path = head.uri.path().as_bytes();
    let reply = handler.reply(method, path, &mut incoming).await;
    respond(reply, head.version)
}
