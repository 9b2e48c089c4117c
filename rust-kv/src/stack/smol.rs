//! hyper on smol's executor and reactor: another runtime than tokio's below the same
//! connections, with as many threads as there are workers.
//!
//! tokio is left for what is not measured: the admin port and the signals.

use std::{
    io::{self, IoSlice},
    net::{self, Shutdown},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    thread,
};

use async_executor::Executor;
use async_io::{Async, Timer};
use futures_io::{AsyncRead as _, AsyncWrite as _};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{mpsc, watch},
    time::timeout,
};

use super::{
    http1::{self, answer},
    threads::{self, Stop},
};
use crate::{admin::Admin, handler::Handler, limits::DRAIN, tcp::ACCEPT_PAUSE};

/// smol does not tell.
pub(crate) const TASKS_ARE_KNOWN: bool = false;

pub(crate) async fn serve_store(
    listener: net::TcpListener,
    workers: usize,
    handler: Handler,
) -> io::Result<Running> {
    let listener = Async::new(listener)?;
    let executor = Arc::new(Executor::new());
    let (stop, stopped) = watch::channel(());
    let (halt, halted) = watch::channel(());
    let (under_way, ended) = mpsc::channel(1);
    let serving = serve_each(
        listener,
        Stop::from(stopped),
        Arc::new(handler),
        Arc::clone(&executor),
        under_way,
    );
    executor.spawn(serving).detach();
    for _ in 0..workers {
        let executor = Arc::clone(&executor);
        let halted = Stop::from(halted.clone());
        thread::Builder::new()
            .name("worker".into())
            .spawn(move || async_io::block_on(executor.run(halted.comes())))?;
    }
    Ok(Running::Store { stop, ended, halt })
}

pub(crate) async fn serve_admin(
    listener: net::TcpListener,
    admin: Arc<Admin>,
) -> io::Result<Running> {
    http1::serve_admin(listener, admin)
        .await
        .map(Running::Admin)
}

/// A port that is being served.
pub(crate) enum Running {
    Store {
        stop: watch::Sender<()>,
        /// Says that there is nobody left who could send anything on it.
        ended: mpsc::Receiver<()>,
        /// Ends the threads.
        halt: watch::Sender<()>,
    },
    Admin(threads::Running),
}

impl Running {
    /// Accepts no more, and waits until requests under way are answered.
    pub(crate) async fn stop(self) {
        match self {
            Self::Store {
                stop,
                mut ended,
                halt,
            } => {
                drop(stop);
                let _ = timeout(DRAIN, ended.recv()).await;
                drop(halt);
            }
            Self::Admin(running) => running.stop().await,
        }
    }
}

/// Serves each connection as a task of its own until the end; whoever is not done has an
/// `under_way`.
async fn serve_each(
    listener: Async<net::TcpListener>,
    stop: Stop,
    handler: Arc<Handler>,
    executor: Arc<Executor<'static>>,
    under_way: mpsc::Sender<()>,
) {
    loop {
        let stream = tokio::select! {
            biased;
            () = stop.clone().comes() => return,
            stream = accept(&listener) => stream,
        };
        handler.stats.count_connection();
        let handler = Arc::clone(&handler);
        let (stop, under_way) = (stop.clone(), under_way.clone());
        let serving = async move {
            http1::serve(stream, stop, move |request| {
                answer(Arc::clone(&handler), request)
            })
            .await;
            drop(under_way);
        };
        executor.spawn(serving).detach();
    }
}

/// The next connection, whatever fails before it.
async fn accept(listener: &Async<net::TcpListener>) -> Stream {
    loop {
        let accepted = listener.accept().await;
        match accepted.and_then(|(stream, _)| stream.get_ref().set_nodelay(true).map(|()| stream)) {
            Ok(stream) => return Stream(stream),
            Err(_) => drop(Timer::after(ACCEPT_PAUSE).await),
        }
    }
}

/// A stream of smol with the traits of tokio, which the sockets of hyper's stacks stand on.
struct Stream(Async<net::TcpStream>);

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.0).poll_read(cx, buffer.initialize_unfilled()))?;
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.get_ref().shutdown(Shutdown::Write))
    }
}
