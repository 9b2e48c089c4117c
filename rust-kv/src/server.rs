//! Listening, serving and stopping.

use std::{
    future::{Future, poll_fn},
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev, rt, web};
use socket2::{Domain, Socket, Type};
use tokio::{runtime::Handle, time::timeout};

use crate::{
    admin::Admin,
    flags::Config,
    handler::{self, Ended, Worker},
    limits::{DRAIN, IDLE},
    null::Null,
    stats::Stats,
    store::Store,
};

/// How many connections may wait to be accepted: a load generator opens all of
/// its own at once.
const BACKLOG: i32 = 4096;

/// When to stop waiting for the drain itself: with the promise of 5 s in mind.
const DRAIN_LIMIT: Duration = Duration::from_secs(4);

/// Both ports, listening.
pub struct Server {
    data: TcpListener,
    admin: TcpListener,
    workers: usize,
    null: Option<usize>,
}

impl Server {
    /// Listens on both ports and serves on neither yet, so that a taken port shows
    /// before anything is started.
    pub fn bind(config: &Config) -> io::Result<Self> {
        Ok(Self {
            data: listen(&config.addr)?,
            admin: listen(&config.admin_addr)?,
            workers: config.workers,
            null: config.null,
        })
    }

    /// Where the store listens, or what stands in for it.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.data.local_addr()
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
        let stats = Arc::new(Stats::new(self.null.is_some()));
        let admin = Arc::new(Admin {
            store: Arc::clone(&store),
            stats: Arc::clone(&stats),
            workers: self.workers,
            started: Instant::now(),
        });
        // A server of its own, so that whoever watches does not take turns with
        // the requests that are being measured.
        let admin = http(
            self.admin,
            1,
            move || {
                let admin = Arc::clone(&admin);
                move |request: HttpRequest, _| {
                    let response = admin.handle(&request);
                    async { response }
                }
            },
            || (),
        )?;
        let data = match self.null {
            None => Data::Store(start(serve_store(self.data, self.workers, store, stats)?).await?),
            Some(bytes) => Data::Null(Null::start(self.data, self.workers, bytes, stats)?),
        };
        let admin = start(admin).await?;
        ready()?;
        stop.await;
        // Both are told before either is waited for. The limit is for what actix
        // cannot end by itself; the process ends all the same.
        let stopped = async { tokio::join!(data.stop(), admin.stop(true)) };
        let _ = timeout(DRAIN_LIMIT, stopped).await;
        Ok(())
    }
}

/// What serves the data port.
enum Data {
    Store(dev::ServerHandle),
    Null(Null),
}

impl Data {
    async fn stop(self) {
        match self {
            Self::Store(server) => server.stop(true).await,
            Self::Null(null) => null.stop().await,
        }
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

fn serve_store(
    listener: TcpListener,
    workers: usize,
    store: Arc<Store>,
    stats: Arc<Stats>,
) -> io::Result<dev::Server> {
    let connections = Arc::clone(&stats);
    #[cfg(feature = "inject")]
    let injection = Arc::new(crate::inject::Injection::from_env()?);
    let handler = move || {
        let worker = Rc::new(Worker {
            store: Arc::clone(&store),
            tally: stats.add_worker(Handle::current().metrics()),
            #[cfg(feature = "inject")]
            injection: Arc::clone(&injection),
        });
        move |request, payload| handler::handle(Rc::clone(&worker), request, payload)
    };
    http(listener, workers, handler, move || {
        connections.count_connection();
    })
}

/// A server that gets a handler for each worker from `handler`, called on the
/// worker's thread, and that calls `connected` for each connection.
fn http<F, H, R>(
    listener: TcpListener,
    workers: usize,
    handler: F,
    connected: impl Fn() + Send + Sync + 'static,
) -> io::Result<dev::Server>
where
    F: Fn() -> H + Clone + Send + 'static,
    H: Fn(HttpRequest, web::Payload) -> R + Clone + 'static,
    R: Future<Output = HttpResponse> + 'static,
{
    let app = move || App::new().default_service(web::to(handler()));
    Ok(HttpServer::new(app)
        .workers(workers)
        .keep_alive(IDLE)
        // For the first head. The default of 5 s would hit clients that open their
        // connections ahead of time.
        .client_request_timeout(IDLE)
        .tcp_nodelay(true)
        .on_connect(move |_, connection| {
            connection.insert(Ended::default());
            connected();
        })
        .shutdown_timeout(DRAIN.as_secs())
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
