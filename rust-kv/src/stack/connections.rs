//! Accepting connections, for the stacks that leave it to us.

use std::{future::Future, pin::pin};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::threads::Stop;
use crate::tcp::accept;

/// Serves each connection as a task of its own until the end, and then until all have
/// ended.
pub(super) async fn serve_each<F>(
    listener: TcpListener,
    stop: Stop,
    serve: impl Fn(TcpStream, Stop) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    let mut stopped = pin!(stop.clone().comes());
    loop {
        tokio::select! {
            stream = accept(&listener) => {
                connections.spawn(serve(stream, stop.clone()));
            }
            () = &mut stopped => break,
            // Only so that the set does not grow for ever.
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
