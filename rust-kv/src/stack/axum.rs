//! axum, as `axum::serve` serves it: hyper below, tower around the handler, and
//! bodies behind a pointer.

use std::{io, net, sync::Arc};

use axum::{
    Router,
    body::HttpBody,
    extract::{Request, State},
    response::Response,
    serve::Listener,
};
use tokio::net::{TcpListener, TcpStream};

use super::{
    response::respond,
    socket::Socket,
    threads::{self, Running, Stop},
};
use crate::{admin::Admin, body::Incoming, handler::Handler, tcp::accept};

pub(crate) async fn serve_store(
    listener: net::TcpListener,
    workers: usize,
    handler: Handler,
) -> io::Result<Running> {
    let threads = threads::start(workers, &handler.stats)?;
    let stats = Arc::clone(&handler.stats);
    let router = Router::new().fallback(answer).with_state(Arc::new(handler));
    Running::start(listener, Some(threads), |listener, stop| {
        let connected = move || stats.count_connection();
        serve(
            Port {
                listener,
                connected,
            },
            router,
            stop,
        )
    })
}

pub(crate) async fn serve_admin(
    listener: net::TcpListener,
    admin: Arc<Admin>,
) -> io::Result<Running> {
    let router = Router::new().fallback(answer_admin).with_state(admin);
    Running::start(listener, None, |listener, stop| {
        let connected = || ();
        serve(
            Port {
                listener,
                connected,
            },
            router,
            stop,
        )
    })
}

async fn serve(port: Port<impl Fn() + Send + 'static>, router: Router, stop: Stop) {
    let served = axum::serve(port, router).with_graceful_shutdown(stop.comes());
    // It has no way to fail.
    let _ = served.await;
}

/// A listener that calls `connected` for each connection.
struct Port<F> {
    listener: TcpListener,
    connected: F,
}

impl<F: Fn() + Send + 'static> Listener for Port<F> {
    type Io = Socket<TcpStream>;
    /// Nobody asks where clients are.
    type Addr = ();

    async fn accept(&mut self) -> (Socket<TcpStream>, ()) {
        let stream = accept(&self.listener).await;
        (self.connected)();
        (Socket::new(stream), ())
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

async fn answer(State(handler): State<Arc<Handler>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let length = body.size_hint().exact();
    let mut incoming = Incoming::new(length, body.into_data_stream());
    let method = head.method.as_str();
    let path = head.uri.path().as_bytes();
    let reply = handler.reply(method, path, &mut incoming).await;
    respond(reply, head.version)
}

async fn answer_admin(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let reply = admin.reply(request.method().as_str(), request.uri().path().as_bytes());
    respond(reply, request.version())
}
