//! What came in each interval of a load; see `src/load/timeline.ts` and
//! `src/result/interval-histogram.ts`.

use serde::Serialize;

const HALF_CELLS: u64 = 128;
const CELLS: usize = 36 * HALF_CELLS as usize;

/// The cell of a time in ns: cells are at most 1/128 of their value wide.
pub fn cell_of(ns: u64) -> usize {
    if ns < 2 * HALF_CELLS {
        return ns as usize;
    }
    let shift = u64::from(63 - ns.leading_zeros()) - 7;
    ((shift * HALF_CELLS + (ns >> shift)) as usize).min(CELLS - 1)
}

/// What came of a target in one interval.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    pub loaded_ms: f64,
    pub answered: u64,
    pub errors: u64,
    /// Cells that are not empty: index, count, index, count, …
    pub latency: Vec<u64>,
}

/// Counts one target's answers by the interval in which they came. Times are ns of one clock.
pub struct Timeline {
    interval_ns: f64,
    counts: Box<[u32]>,
    answered: u64,
    errors: u64,
    done: Vec<Interval>,
    /// Time under load in ms, by interval.
    loaded_ms: Vec<f64>,
    start: u64,
    end: u64,
    told: usize,
}

impl Timeline {
    pub fn new(interval_ms: f64, start: u64) -> Timeline {
        let interval_ns = interval_ms * 1e6;
        Timeline {
            interval_ns,
            counts: vec![0; CELLS].into(),
            answered: 0,
            errors: 0,
            done: Vec::new(),
            loaded_ms: Vec::new(),
            start,
            end: start + interval_ns as u64,
            told: 0,
        }
    }

    /// This target is under load from then until then, after all that came before.
    pub fn add_span(&mut self, from: u64, until: u64) {
        let place = |at: u64| at.saturating_sub(self.start) as f64 / self.interval_ns;
        let (from, until) = (place(from), place(until));
        let first = from.floor() as usize;
        // What is over an interval's end by rounding alone does not begin another.
        let end = (until - 1e-6).ceil() as usize;
        if self.loaded_ms.len() < end {
            self.loaded_ms.resize(end, 0.0);
        }
        for index in first..end {
            let overlap = until.min(index as f64 + 1.0) - from.max(index as f64);
            self.loaded_ms[index] += overlap.max(0.0) * self.interval_ns / 1e6;
        }
    }

    pub fn succeed(&mut self, now: u64, ns: u64) {
        self.advance(now);
        self.counts[cell_of(ns)] += 1;
        self.answered += 1;
    }

    pub fn fail(&mut self, now: u64, count: u64) {
        self.advance(now);
        self.errors += count;
    }

    /// The intervals that ended since the last call, as one; none if none did.
    pub fn take_live(&mut self, now: u64) -> Option<Interval> {
        self.advance(now);
        let fresh = &self.done[self.told..];
        if fresh.is_empty() {
            return None;
        }
        let mut counts = vec![0u64; CELLS];
        for pair in fresh
            .iter()
            .flat_map(|interval| interval.latency.chunks_exact(2))
        {
            counts[pair[0] as usize] += pair[1];
        }
        let loaded = self.loaded_ms.iter().take(self.done.len()).skip(self.told);
        let live = Interval {
            loaded_ms: loaded.sum(),
            answered: fresh.iter().map(|interval| interval.answered).sum(),
            errors: fresh.iter().map(|interval| interval.errors).sum(),
            latency: sparse(counts.into_iter()),
        };
        self.told = self.done.len();
        Some(live)
    }

    /// All of it, once nothing comes any more.
    pub fn finish(mut self) -> Vec<Interval> {
        if self.answered + self.errors > 0 {
            self.push();
        }
        while self.done.len() < self.loaded_ms.len() {
            self.push();
        }
        for (interval, loaded_ms) in self.done.iter_mut().zip(&self.loaded_ms) {
            interval.loaded_ms = *loaded_ms;
        }
        self.done
    }

    fn advance(&mut self, now: u64) {
        while now >= self.end {
            self.push();
        }
    }

    fn push(&mut self) {
        let latency = if self.answered > 0 {
            sparse(self.counts.iter().map(|count| u64::from(*count)))
        } else {
            Vec::new()
        };
        if self.answered > 0 {
            self.counts.fill(0);
        }
        self.done.push(Interval {
            loaded_ms: 0.0,
            answered: std::mem::take(&mut self.answered),
            errors: std::mem::take(&mut self.errors),
            latency,
        });
        // A product, not a running sum, which would drift.
        self.end = self.start + ((self.done.len() + 1) as f64 * self.interval_ns) as u64;
    }
}

fn sparse(counts: impl Iterator<Item = u64>) -> Vec<u64> {
    counts
        .enumerate()
        .filter(|(_, count)| *count > 0)
        .flat_map(|(index, count)| [index as u64, count])
        .collect()
}
