//! hyper by itself: a task for each connection, and a function for each request.

use std::{convert::Infallible, future::Future, io, net, pin::pin, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyDataStream, Full};
use hyper::{
    Request, Response,
    body::{self, Body},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{
    connections::serve_each,
    response::respond,
    socket::Socket,
    threads::{self, Running, Stop},
};
use crate::{admin::Admin, body::Incoming, handler::Handler, limits::MAX_HEAD};

pub(crate) async fn serve_store(
    listener: net::TcpListener,
    workers: usize,
    handler: Handler,
) -> io::Result<Running> {
    let threads = threads::start(workers, &handler.stats)?;
    let handler = Arc::new(handler);
    Running::start(listener, Some(threads), |listener, stop| {
        serve_each(listener, stop, move |stream, stop| {
            handler.stats.count_connection();
            let handler = Arc::clone(&handler);
            serve(stream, stop, move |request| {
                answer(Arc::clone(&handler), request)
            })
        })
    })
}

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
                let response = respond(reply, request.version());
                async { response }
            })
        })
    })
}

/// Serves a connection with `answer` until its client is done, or until the end; then
/// what is under way is still answered.
async fn serve<F>(stream: TcpStream, stop: Stop, answer: impl Fn(Request<body::Incoming>) -> F)
where
    F: Future<Output = Response<Full<Bytes>>>,
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

async fn answer(handler: Arc<Handler>, request: Request<body::Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let length = body.size_hint().exact();
    let mut incoming = Incoming::new(length, BodyDataStream::new(body));
    let method = head.method.as_str();
    let path = head.uri.path().as_bytes();
    let reply = handler.reply(method, path, &mut incoming).await;
    respond(reply, head.version)
}
