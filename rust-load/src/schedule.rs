//! The moments at which requests should leave; see `src/load/schedule.ts`.

use crate::random::Random;
use serde::Deserialize;

/// An open loop's rate, and another one from a moment on.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    pub rate_per_second: f64,
    pub arrivals: Arrivals,
    pub later: Option<Later>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrivals {
    Constant,
    Poisson,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Later {
    pub at_ms: f64,
    pub rate_per_second: f64,
}

/// One arm's moments, used up slice by slice. With several arms one schedule of `arms` times the
/// rate is dealt in blocks, a slot for each arm in random order.
pub struct Schedule {
    slots: Changing,
    deal: Option<Deal>,
    pending_ms: f64,
    start_ms: f64,
    until_ms: f64,
    duration_ms: f64,
}

struct Deal {
    random: Random,
    order: Vec<usize>,
    arm: usize,
}

impl Schedule {
    pub fn new(pace: Pace, duration_ms: f64, seed: u32, arms: usize, arm: usize) -> Schedule {
        let deal = (arms > 1).then(|| Deal {
            random: Random::new(seed ^ 0x5bd1_e995),
            order: (0..arms).collect(),
            arm,
        });
        let mut schedule = Schedule {
            slots: Changing::new(pace, arms, seed),
            deal,
            pending_ms: 0.0,
            start_ms: 0.0,
            until_ms: 0.0,
            duration_ms,
        };
        schedule.pending_ms = schedule.next_slot();
        schedule
    }

    /// Begins the next slice, of that length.
    pub fn slice(&mut self, slice_ms: f64) {
        self.start_ms = self.until_ms;
        let end = self.start_ms + slice_ms;
        // The last slice ends with the schedule, however its length was rounded.
        self.until_ms = if end > self.duration_ms - 1e-6 {
            self.duration_ms
        } else {
            end
        };
    }

    /// The slice's next moment, in ms from its start; none after the last.
    pub fn next_ms(&mut self) -> Option<f64> {
        if self.pending_ms >= self.until_ms {
            return None;
        }
        let at = self.pending_ms - self.start_ms;
        self.pending_ms = self.next_slot();
        Some(at)
    }

    fn next_slot(&mut self) -> f64 {
        let Some(Deal { random, order, arm }) = &mut self.deal else {
            return self.slots.next();
        };
        // Fisher–Yates.
        for i in (1..order.len()).rev() {
            let j = random.below(i as u32 + 1) as usize;
            order.swap(i, j);
        }
        let mut own = 0.0;
        for dealt in order.iter() {
            let slot = self.slots.next();
            if dealt == arm {
                own = slot;
            }
        }
        own
    }
}

/// Slots at one rate, and at another from a moment on.
struct Changing {
    before: Slots,
    after: Option<(f64, Slots)>,
    is_after: bool,
}

impl Changing {
    fn new(pace: Pace, arms: usize, seed: u32) -> Changing {
        let slots = |rate| Slots::new(rate * arms as f64, pace.arrivals, seed);
        Changing {
            before: slots(pace.rate_per_second),
            after: pace
                .later
                .map(|later| (later.at_ms, slots(later.rate_per_second))),
            is_after: false,
        }
    }

    fn next(&mut self) -> f64 {
        let Some((later_ms, after)) = &mut self.after else {
            return self.before.next();
        };
        if !self.is_after {
            let at = self.before.next();
            if at < *later_ms {
                return at;
            }
            self.is_after = true;
        }
        *later_ms + after.next()
    }
}

enum Slots {
    Constant {
        mean_ms: f64,
        index: u64,
    },
    Poisson {
        mean_ms: f64,
        at_ms: f64,
        random: Random,
    },
}

impl Slots {
    fn new(rate_per_second: f64, arrivals: Arrivals, seed: u32) -> Slots {
        let mean_ms = 1000.0 / rate_per_second;
        match arrivals {
            Arrivals::Constant => Slots::Constant { mean_ms, index: 0 },
            Arrivals::Poisson => Slots::Poisson {
                mean_ms,
                at_ms: 0.0,
                random: Random::new(seed),
            },
        }
    }

    fn next(&mut self) -> f64 {
        match self {
            Slots::Constant { mean_ms, index } => {
                *index += 1;
                (*index - 1) as f64 * *mean_ms
            }
            Slots::Poisson {
                mean_ms,
                at_ms,
                random,
            } => {
                *at_ms -= (1.0 - random.next_f64()).ln() * *mean_ms;
                *at_ms
            }
        }
    }
}
