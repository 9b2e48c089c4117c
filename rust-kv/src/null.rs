//! The null target: a data port that keeps nothing and does next to nothing.
//!
//! What it costs is what sockets and clients cost. That is the floor below which
//! no figure of the store can be, and the most that a load generator can show.

mod connection;
mod request;

use std::{convert::Infallible, io, net, sync::Arc, thread};

use tokio::{
    net::TcpListener,
    runtime,
    sync::{
        Notify,
        mpsc::{self, UnboundedReceiver, UnboundedSender},
    },
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use crate::{limits::DRAIN, stats::Stats, tcp::accept};
use connection::Answers;

/// The null target, running.
pub(crate) struct Null {
    acceptor: JoinHandle<()>,
    /// Closed once all workers have ended.
    workers: mpsc::Receiver<Infallible>,
}

impl Null {
    /// Serves on `listener` with as many threads as `workers`, each with an event
    /// loop of its own, and values of `value_bytes` bytes.
    pub(crate) fn start(
        listener: net::TcpListener,
        workers: usize,
        value_bytes: usize,
        stats: Arc<Stats>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let answers = Arc::new(Answers::new(value_bytes));
        let (running, ended) = mpsc::channel(1);
        let mut queues = Vec::with_capacity(workers);
        for number in 0..workers {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            stats.add_runtime(runtime.metrics());
            let worker = Arc::new(Worker {
                answers: Arc::clone(&answers),
                stats: Arc::clone(&stats),
            });
            let (queue, streams) = mpsc::unbounded_channel();
            queues.push(queue);
            let running = running.clone();
            thread::Builder::new()
                .name(format!("null worker {number}"))
                .spawn(move || {
                    runtime.block_on(worker.run(streams));
                    drop(running);
                })?;
        }
        Ok(Self {
            acceptor: tokio::spawn(deal(listener, queues, stats)),
            workers: ended,
        })
    }

    /// Accepts no more, and waits until requests under way are answered.
    pub(crate) async fn stop(mut self) {
        // The queues end with it, and the workers with their queues.
        self.acceptor.abort();
        let _ = self.workers.recv().await;
    }
}

/// Deals connections to the workers in turn, for ever.
async fn deal(
    listener: TcpListener,
    queues: Vec<UnboundedSender<net::TcpStream>>,
    stats: Arc<Stats>,
) {
    for queue in queues.iter().cycle() {
        // As a plain socket: the event loop that it belongs to is the worker's.
        let Ok(stream) = accept(&listener).await.into_std() else {
            continue;
        };
        stats.count_connection();
        // A worker that is gone can't be helped; the connection closes.
        let _ = queue.send(stream);
    }
}

struct Worker {
    answers: Arc<Answers>,
    stats: Arc<Stats>,
}

impl Worker {
    /// Serves what comes until there can be no more, then drains.
    async fn run(self: Arc<Self>, mut streams: UnboundedReceiver<net::TcpStream>) {
        let stop = Arc::new(Notify::new());
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                stream = streams.recv() => match stream {
                    Some(stream) => {
                        let worker = Arc::clone(&self);
                        let stop = Arc::clone(&stop).notified_owned();
                        connections.spawn(async move {
                            connection::serve(stream, &worker.answers, &worker.stats, stop).await
                        });
                    }
                    None => break,
                },
                // Only so that the set does not grow for ever: a connection that
                // fails is over, and that is all.
                Some(_) = connections.join_next() => {}
            }
        }
        stop.notify_waiters();
        let drained = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(DRAIN, drained).await;
    }
}
