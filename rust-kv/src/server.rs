//! Listening, serving and stopping.

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::timeout;

use crate::{
    admin::Admin, flags::Config, handler::Handler, null::Null, stack, stats::Stats, store::Store,
    tcp::listen,
};

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
    /// Runs in `block_on`. The workers of the data port have threads of their own, so
    /// that whoever watches does not take turns with the requests that are being
    /// measured.
    pub async fn run(
        self,
        ready: impl FnOnce() -> io::Result<()>,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let store = Arc::new(Store::default());
        let tasks_are_known = self.null.is_some() || stack::TASKS_ARE_KNOWN;
        let stats = Arc::new(Stats::new(tasks_are_known));
        let admin = Arc::new(Admin {
            store: Arc::clone(&store),
            stats: Arc::clone(&stats),
            workers: self.workers,
            started: Instant::now(),
        });
        let data = match self.null {
            None => {
                let handler = Handler {
                    store,
                    stats,
                    #[cfg(feature = "inject")]
                    injection: Arc::new(crate::inject::Injection::from_env()?),
                };
                Data::Store(stack::serve_store(self.data, self.workers, handler).await?)
            }
            Some(bytes) => Data::Null(Null::start(self.data, self.workers, bytes, stats)?),
        };
        let admin = stack::serve_admin(self.admin, admin).await?;
        ready()?;
        stop.await;
        // Both are told before either is waited for. The limit is for what a stack
        // cannot end by itself; the process ends all the same.
        let stopped = async { tokio::join!(data.stop(), admin.stop()) };
        let _ = timeout(DRAIN_LIMIT, stopped).await;
        Ok(())
    }
}

/// What serves the data port.
enum Data {
    Store(stack::Running),
    Null(Null),
}

impl Data {
    async fn stop(self) {
        match self {
            Self::Store(running) => running.stop().await,
            Self::Null(null) => null.stop().await,
        }
    }
}
