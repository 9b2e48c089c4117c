//! hyper by itself: a task for each connection, and a function for each request.

use std::{io, net, sync::Arc};

pub(crate) use super::http1::serve_admin;
use super::{
    connections::serve_each,
    http1::{answer, serve},
    threads::{self, Running},
};
use crate::handler::Handler;

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
