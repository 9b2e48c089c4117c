//! tokio without a framework: HTTP/1.1 written by hand over a TCP stream, as in many
//! an article, but whole.
//!
//! - `head` finds out what a request is, with httparse.
//! - `pieces` finds out where its body ends.
//! - `answer` writes what is sent.
//! - `connection` does one after the other.

mod answer;
mod connection;
mod head;
mod pieces;

use std::{io, net, sync::Arc};

use tokio::net::TcpStream;

use self::connection::Connection;
use super::{
    connections::serve_each,
    threads::{self, Running, Stop},
};
use crate::{admin::Admin, handler::Handler};

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
            async move {
                // One that fails is over, and that is all.
                let _ = answer(&handler, stream, stop).await;
            }
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
            async move {
                let _ = answer_admin(&admin, stream, stop).await;
            }
        })
    })
}

async fn answer(handler: &Handler, stream: TcpStream, stop: Stop) -> io::Result<()> {
    let mut connection = Connection::new(stream, stop);
    while let Some(head) = connection.next().await? {
        let mut body = connection.body(&head).await?;
        let reply = handler.reply(head.method, &head.path, &mut body).await;
        connection.answer(&head, reply).await?;
    }
    connection.end().await
}

async fn answer_admin(admin: &Admin, stream: TcpStream, stop: Stop) -> io::Result<()> {
    let mut connection = Connection::new(stream, stop);
    while let Some(head) = connection.next().await? {
        let mut reply = admin.reply(head.method, &head.path);
        // A body, which nobody has reason to send here, is left unread.
        reply.close = head.length != Some(0);
        connection.answer(&head, reply).await?;
    }
    connection.end().await
}
