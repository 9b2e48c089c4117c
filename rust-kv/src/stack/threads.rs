//! What the stacks without a runtime of their own share: tokio's of several threads,
//! on which connections are tasks and an idle thread takes those of a busy one. It
//! is what everyone uses; a worker is one of its threads.

use std::{future::Future, io, net};

use tokio::{
    net::TcpListener,
    runtime::{Builder, Handle, Runtime},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use crate::limits::DRAIN;

/// Its tasks are those of the runtime.
#[cfg(not(feature = "stack-smol"))]
pub(crate) const TASKS_ARE_KNOWN: bool = true;

/// Runs the program: the admin port, and what hears of signals.
pub fn block_on<T>(program: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(program)
}

/// The threads of the data port.
#[cfg(not(feature = "stack-smol"))]
pub(super) fn start(workers: usize, stats: &crate::stats::Stats) -> io::Result<Runtime> {
    let threads = Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_name("worker")
        .enable_all()
        .build()?;
    stats.add_runtime(threads.metrics());
    Ok(threads)
}

/// A port that is being served.
pub(crate) struct Running {
    stop: watch::Sender<()>,
    served: JoinHandle<()>,
    /// Where, if not on the thread of the program.
    threads: Option<Runtime>,
}

impl Running {
    /// Serves with `serve`, which ends after its [`Stop`] and once requests under way
    /// are answered.
    pub(super) fn start<F>(
        listener: net::TcpListener,
        threads: Option<Runtime>,
        serve: impl FnOnce(TcpListener, Stop) -> F,
    ) -> io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = match &threads {
            Some(threads) => threads.handle().clone(),
            None => Handle::current(),
        };
        // The listener belongs to the event loop of the runtime that it is made in.
        let _entered = runtime.enter();
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let (stop, stopped) = watch::channel(());
        Ok(Self {
            stop,
            served: runtime.spawn(serve(listener, Stop(stopped))),
            threads,
        })
    }

    /// Accepts no more, and waits until requests under way are answered.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        let _ = timeout(DRAIN, self.served).await;
        if let Some(threads) = self.threads {
            threads.shutdown_background();
        }
    }
}

/// Tells of the end, which is that of the sender.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<()>);

impl From<watch::Receiver<()>> for Stop {
    fn from(stopped: watch::Receiver<()>) -> Self {
        Self(stopped)
    }
}

impl Stop {
    /// Waits for it.
    pub(super) async fn comes(mut self) {
        // Nothing is ever sent: it is closed.
        let _ = self.0.changed().await;
    }

    /// Whether it has come.
    #[cfg(feature = "stack-tokio")]
    pub(super) fn has_come(&self) -> bool {
        self.0.has_changed().is_err()
    }
}
