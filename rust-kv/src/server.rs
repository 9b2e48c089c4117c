//! Listening, serving and stopping.

use std::{
    future::{Future, poll_fn},
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev, rt, web};
use socket2::{Domain, Socket, Type};
use tokio::time::timeout;

use crate::{
    admin::Admin,
    flags::Config,
    handler::{self, Ended},
    store::Store,
};

/// How long a connection may be idle, be it between requests or within one.
pub(crate) const IDLE: Duration = Duration::from_secs(75);

/// How many connections may wait to be accepted: a load generator opens all of
/// its own at once.
const BACKLOG: i32 = 4096;

/// How long requests under way have to finish, in seconds.
const DRAIN_SECS: u64 = 3;

/// When to stop waiting for the drain itself: with the promise of 5 s in mind.
const DRAIN_LIMIT: Duration = Duration::from_secs(4);

/// Both ports, listening.
pub struct Server {
    store: TcpListener,
    admin: TcpListener,
    workers: usize,
}

impl Server {
    /// Listens on both ports and serves on neither yet, so that a taken port shows
    /// before anything is started.
    pub fn bind(config: &Config) -> io::Result<Self> {
        Ok(Self {
            store: listen(&config.addr)?,
            admin: listen(&config.admin_addr)?,
            workers: config.workers,
        })
    }

    /// Where the store listens.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.store.local_addr()
    }

    /// Where the admin port listens.
    pub fn admin_addr(&self) -> io::Result<SocketAddr> {
        self.admin.local_addr()
    }

    /// Serves until `stop` ends, then drains; calls `ready` once requests are answered.
    ///
    /// Runs on an actix `System`. Each worker has a thread and an event loop of its own.
    pub async fn run(
        self,
        ready: impl FnOnce() -> io::Result<()>,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let store = Arc::new(Store::default());
        let admin = Arc::new(Admin {
            store: Arc::clone(&store),
            workers: self.workers,
            started: Instant::now(),
        });
        let store = http(self.store, self.workers, move |request, payload| {
            handler::handle(Arc::clone(&store), request, payload)
        })?;
        // A server of its own, so that whoever watches does not take turns with
        // the requests that are being measured.
        let admin = http(self.admin, 1, move |request: HttpRequest, _| {
            let response = admin.handle(&request);
            async { response }
        })?;
        let store = start(store).await?;
        let admin = start(admin).await?;
        ready()?;
        stop.await;
        // Both are told before either is waited for. The limit is for what actix
        // cannot end by itself; the process ends all the same.
        let (store, admin) = (store.stop(true), admin.stop(true));
        let _ = timeout(DRAIN_LIMIT, async { (store.await, admin.await) }).await;
        Ok(())
    }
}

/// Listens on the first address that `addr` stands for and that can be had.
fn listen(addr: &str) -> io::Result<TcpListener> {
    let context = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot listen on {addr}: {error}"))
    };
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for addr in addr.to_socket_addrs().map_err(context)? {
        match listen_on(addr) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(context(failure))
}

fn listen_on(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    // Lets a restart take its port back from connections in TIME_WAIT; a port that
    // someone listens on stays taken.
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn http<F, R>(listener: TcpListener, workers: usize, handler: F) -> io::Result<dev::Server>
where
    F: Fn(HttpRequest, web::Payload) -> R + Clone + Send + 'static,
    R: Future<Output = HttpResponse> + 'static,
{
    let app = move || App::new().default_service(web::to(handler.clone()));
    Ok(HttpServer::new(app)
        .workers(workers)
        .keep_alive(IDLE)
        // For the first head. The default of 5 s would hit clients that open their
        // connections ahead of time.
        .client_request_timeout(IDLE)
        .tcp_nodelay(true)
        .on_connect(|_, connection| {
            connection.insert(Ended::default());
        })
        .shutdown_timeout(DRAIN_SECS)
        // `stop` is the only thing that stops it: actix's own SIGINT does not drain.
        .disable_signals()
        .listen(listener)?
        .run())
}

/// Starts the threads of `server` and runs it in the background.
async fn start(mut server: dev::Server) -> io::Result<dev::ServerHandle> {
    let handle = server.handle();
    // The first poll does all the starting, so a failure to start shows in it.
    let first = poll_fn(|cx| Poll::Ready(Pin::new(&mut server).poll(cx))).await;
    match first {
        Poll::Pending => {
            rt::spawn(server);
            Ok(handle)
        }
        Poll::Ready(Err(error)) => Err(error),
        Poll::Ready(Ok(())) => Err(io::Error::other("the server ended as it started")),
    }
}
