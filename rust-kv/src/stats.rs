//! What the data port has done, and how the runtimes of its workers are doing.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
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

/// How many threads can count side by side; of more, some share.
const TALLIES: usize = 64;

thread_local! {
    /// In which of the tallies this thread counts.
    static TALLY: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Relaxed) % TALLIES
    };
}

/// What one thread has answered.
///
/// On cache lines of its own, two because they are fetched in pairs, so that
/// counting never makes a worker wait for another.
#[derive(Default)]
#[repr(align(128))]
struct Tally {
    hits: AtomicU64,
    misses: AtomicU64,
    inserted: AtomicU64,
    others: AtomicU64,
}

/// What the admin port can say about the data port.
pub(crate) struct Stats {
    tasks_are_known: bool,
    connections: AtomicU64,
    tallies: [Tally; TALLIES],
    runtimes: Mutex<Vec<RuntimeMetrics>>,
}

impl Stats {
    /// Without `tasks_are_known` nothing is said of tasks: those of a `LocalSet`, such
    /// as actix's, are not among those that a runtime counts.
    pub(crate) fn new(tasks_are_known: bool) -> Self {
        Self {
            tasks_are_known,
            connections: AtomicU64::default(),
            tallies: std::array::from_fn(|_| Tally::default()),
            runtimes: Mutex::default(),
        }
    }

    /// Adds a runtime whose threads are workers.
    pub(crate) fn add_runtime(&self, runtime: RuntimeMetrics) {
        self.runtimes().push(runtime);
    }

    /// Counts a request.
    pub(crate) fn count(&self, outcome: Outcome) {
        let tally = TALLY.with(|&tally| &self.tallies[tally]);
        let counter = match outcome {
            Outcome::Hit => &tally.hits,
            Outcome::Miss => &tally.misses,
            Outcome::Inserted => &tally.inserted,
            Outcome::Other => &tally.others,
        };
        counter.fetch_add(1, Relaxed);
    }

    /// Counts a connection that was accepted.
    pub(crate) fn count_connection(&self) {
        self.connections.fetch_add(1, Relaxed);
    }

    /// All counters, over all threads.
    pub(crate) fn counters(&self) -> Value {
        let sum = |counter: fn(&Tally) -> &AtomicU64| -> u64 {
            let counters = self.tallies.iter().map(counter);
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
        let runtimes = self.runtimes();
        let workers = runtimes.iter().flat_map(|runtime| {
            (0..runtime.num_workers()).map(|worker| {
                json!({
                    "busyNs": nanoseconds(runtime.worker_total_busy_duration(worker)),
                    "parks": runtime.worker_park_count(worker),
                })
            })
        });
        let tasks = runtimes.iter().map(RuntimeMetrics::num_alive_tasks);
        json!({
            "workers": workers.collect::<Vec<_>>(),
            "aliveTasks": self.tasks_are_known.then(|| tasks.sum::<usize>()),
        })
    }

    fn runtimes(&self) -> MutexGuard<'_, Vec<RuntimeMetrics>> {
        // A panic in `push` or in a sum leaves nothing half done.
        self.runtimes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
