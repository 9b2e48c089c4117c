//! What the data port has done, and how the runtimes of its workers are doing.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::runtime::RuntimeMetrics;

/// What a request came to, as far as that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Hit,
    Miss,
    Inserted,
    Other,
}

/// What one worker has answered.
///
/// On cache lines of its own, two because they are fetched in pairs, so that
/// counting never makes a worker wait for another.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Tally {
    hits: AtomicU64,
    misses: AtomicU64,
    inserted: AtomicU64,
    others: AtomicU64,
}

impl Tally {
    pub(crate) fn count(&self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Hit => &self.hits,
            Outcome::Miss => &self.misses,
            Outcome::Inserted => &self.inserted,
            Outcome::Other => &self.others,
        };
        counter.fetch_add(1, Relaxed);
    }
}

/// What the admin port can say about the data port.
pub(crate) struct Stats {
    /// Whether connections are tasks of the runtimes themselves.
    plain_tasks: bool,
    connections: AtomicU64,
    workers: Mutex<Vec<Worker>>,
}

struct Worker {
    tally: Arc<Tally>,
    runtime: RuntimeMetrics,
}

impl Stats {
    /// Without `plain_tasks` nothing is said of tasks: those of a `LocalSet`, such
    /// as actix's, are not among those that a runtime counts.
    pub(crate) fn new(plain_tasks: bool) -> Self {
        Self {
            plain_tasks,
            connections: AtomicU64::default(),
            workers: Mutex::default(),
        }
    }

    /// Adds a worker that runs on a runtime of its own.
    ///
    /// It stays when it ends, lest counters go backwards.
    pub(crate) fn add_worker(&self, runtime: RuntimeMetrics) -> Arc<Tally> {
        let tally = Arc::<Tally>::default();
        self.workers().push(Worker {
            tally: Arc::clone(&tally),
            runtime,
        });
        tally
    }

    /// Counts a connection that was accepted.
    pub(crate) fn count_connection(&self) {
        self.connections.fetch_add(1, Relaxed);
    }

    /// All counters, over all workers.
    pub(crate) fn counters(&self) -> Value {
        let workers = self.workers();
        let sum = |counter: fn(&Tally) -> &AtomicU64| -> u64 {
            let counters = workers.iter().map(|worker| counter(&worker.tally));
            counters.map(|counter| counter.load(Relaxed)).sum()
        };
        let misses = sum(|tally| &tally.misses);
        json!({
            "connections": self.connections.load(Relaxed),
            "gets": sum(|tally| &tally.hits) + misses,
            "misses": misses,
            "posts": sum(|tally| &tally.inserted),
            "others": sum(|tally| &tally.others),
        })
    }

    /// What the workers' runtimes say.
    pub(crate) fn tokio(&self) -> Value {
        let workers = self.workers();
        // A runtime of one thread has one worker, number 0.
        let facts = workers.iter().map(|Worker { runtime, .. }| {
            json!({
                "busyNs": nanoseconds(runtime.worker_total_busy_duration(0)),
                "parks": runtime.worker_park_count(0),
            })
        });
        let tasks = workers
            .iter()
            .map(|worker| worker.runtime.num_alive_tasks());
        json!({
            "workers": facts.collect::<Vec<_>>(),
            "aliveTasks": self.plain_tasks.then(|| tasks.sum::<usize>()),
        })
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Worker>> {
        // A panic in `push` or in a sum leaves nothing half done.
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
