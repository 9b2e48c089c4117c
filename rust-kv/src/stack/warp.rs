//! warp on hyper: filters that take from a request what the handler wants.
//!
//! `warp::serve` has no limit of a head and no time-out, so its service stands on
//! connections of ours, which have both.

use std::{
    io, net,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::{Method, Uri, Version};
use tower_service::Service;
use warp::{Filter, filters::path::FullPath, reply::Response};

pub(crate) use super::http1::serve_admin;
use super::{
    connections::serve_each,
    http1::serve,
    response::respond,
    threads::{self, Running},
};
use crate::{body::Incoming, handler::Handler};

pub(crate) async fn serve_store(
    listener: net::TcpListener,
    workers: usize,
    handler: Handler,
) -> io::Result<Running> {
    let threads = threads::start(workers, &handler.stats)?;
    let stats = Arc::clone(&handler.stats);
    let handler = Arc::new(handler);
    let filter = warp::method()
        .and(warp::path::full())
        .and(warp::header::optional("content-length"))
        .and(warp::body::stream())
        .then(move |method, path, length, body| {
            answer(Arc::clone(&handler), method, path, length, Pieces(body))
        });
    let service = warp::service(filter);
    Running::start(listener, Some(threads), |listener, stop| {
        serve_each(listener, stop, move |stream, stop| {
            stats.count_connection();
            let service = service.clone();
            serve(stream, stop, move |mut request| {
                if request.uri().path_and_query().is_none() {
                    // CONNECT names no path, and warp panics where there is none.
                    *request.uri_mut() = Uri::from_static("*");
                }
                // No filter tells it, and an answer has it.
                let version = request.version();
                let answered = service.clone().call(request);
                async move {
                    let Ok(mut response) = answered.await;
                    *response.version_mut() = version;
                    response
                }
            })
        })
    })
}

async fn answer<S, B>(
    handler: Arc<Handler>,
    method: Method,
    path: FullPath,
    length: Option<u64>,
    body: Pieces<S>,
) -> Response
where
    S: Stream<Item = Result<B, warp::Error>> + Unpin,
    B: Buf,
{
    // Without a length it may be one of chunks, which its end tells.
    let mut incoming = Incoming::new(length, body);
    let reply = handler
        .reply(method.as_str(), path.as_str().as_bytes(), &mut incoming)
        .await;
    respond(reply, Version::HTTP_11)
}

/// What warp gives of a body, of which it does not say that it is `Bytes`.
struct Pieces<S>(S);

impl<S, B> Stream for Pieces<S>
where
    S: Stream<Item = Result<B, warp::Error>> + Unpin,
    B: Buf,
{
    type Item = Result<Bytes, warp::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.0).poll_next(cx);
        next.map_ok(|mut piece| piece.copy_to_bytes(piece.remaining()))
    }
}
