//! Whose turn it is in one target's stretch of load, and how it went; see `src/load/phase.ts`.

use crate::outcome::{Errors, Kind, Recorder};
use crate::schedule::Schedule;
use crate::server::Message;
use crate::store::{Share, StoreModel};
use std::rc::Rc;

/// What is sent next.
#[derive(Clone, Copy)]
pub struct Turn {
    /// Place in the mix.
    pub place: usize,
    pub key: u32,
    pub miss: bool,
    /// Open loop: the moment for which it was planned.
    pub due: u64,
}

pub enum Next {
    Request(Turn),
    /// Nothing is due yet.
    Waiting,
    /// Nothing comes any more.
    Over,
}

/// The moments of a request that was answered, ns of the monotonic clock.
#[derive(Clone, Copy)]
pub struct Timing {
    /// How much later than it could it left by our doing, ns.
    pub lag: u64,
    pub sent_at: u64,
    /// When the last byte came; none where that was not told.
    pub arrived_at: Option<u64>,
    pub read_at: u64,
    /// Whether it met a stall of ours.
    pub disturbed: bool,
}

impl Timing {
    fn service(&self) -> u64 {
        self.read_at - self.sent_at
    }

    fn picked_up(&self) -> Option<u64> {
        self.arrived_at.map(|at| self.read_at - at)
    }

    fn server(&self) -> u64 {
        self.arrived_at.unwrap_or(self.read_at) - self.sent_at
    }
}

/// A connection's part in a closed loop: its first request is not counted, and those after the end
/// of its counted ones are only there so that concurrency stays what it was.
#[derive(Clone, Copy, PartialEq)]
pub enum Cycle {
    NotYet,
    Since(u64),
    Ended,
}

/// Requests in their order, each in 32 bits; see `requestCode` in `src/load/keys.ts`.
pub struct Plan {
    /// By the place in the mix, numbers of the server's messages.
    pub mix: Vec<usize>,
    pub sequence: Rc<[u32]>,
    /// Where to begin; it is then gone round for ever. Without it, once through.
    pub start: Option<usize>,
    /// Drawn keys are distances from the newest, and every write adds a key.
    pub latest: bool,
    /// Which requests of the sequence are this generator's.
    pub share: Share,
}

const MISS_BIT: u32 = 1 << 27;

pub struct Phase {
    plan: Plan,
    position: usize,
    pub planned: u64,
    pub answered: u64,
    pub answered_by: Vec<u64>,
    pub misses: u64,
    pub retried: u64,
    pub errors: Errors,
    pub first_error: Option<String>,
    /// Whether the server had stopped answering at all.
    pub hung: bool,
    pub sent_in_window: u64,
    /// Open loop: time that it took to send what was due, ns.
    pub sending_ns: u64,
    /// Closed loop: right answers and time of the connections' counted cycles.
    pub cycles_answered: u64,
    pub cycles_ns: u64,
    pub disturbed: u64,
    pub censored: u64,
    pub censored_at_least: u64,
    pub recorder: Option<Recorder>,
    until: u64,
    give_up: u64,
    schedule: Option<Schedule>,
    next_due: u64,
    next_code: u32,
    counting: usize,
    /// When the last counted cycle ended.
    pub ended: u64,
    cleared: u64,
    slice_start: u64,
    last_left: u64,
}

impl Phase {
    pub fn new(plan: Plan, schedule: Option<Schedule>, recorder: Option<Recorder>) -> Phase {
        Phase {
            position: plan.start.unwrap_or(0),
            answered_by: vec![0; plan.mix.len()],
            plan,
            planned: 0,
            answered: 0,
            misses: 0,
            retried: 0,
            errors: Errors::default(),
            first_error: None,
            hung: false,
            sent_in_window: 0,
            sending_ns: 0,
            cycles_answered: 0,
            cycles_ns: 0,
            disturbed: 0,
            censored: 0,
            censored_at_least: u64::MAX,
            recorder,
            until: u64::MAX,
            give_up: u64::MAX,
            schedule,
            next_due: u64::MAX,
            next_code: 0,
            counting: 0,
            ended: 0,
            cleared: 0,
            slice_start: 0,
            last_left: 0,
        }
    }

    pub fn is_paced(&self) -> bool {
        self.schedule.is_some()
    }

    /// The number of the message at that place of the mix.
    pub fn message(&self, place: usize) -> usize {
        self.plan.mix[place]
    }

    /// Begins a stretch of closed loop on so many connections.
    pub fn close_at(&mut self, until: u64, connections: usize) {
        self.until = until;
        self.counting = connections;
    }

    /// Begins a slice of open loop. What is still waiting for a free connection at `give_up` is
    /// never sent.
    pub fn open_until(&mut self, start: u64, slice_ms: f64, give_up: u64) {
        self.slice_start = start;
        self.until = start + ns_of(slice_ms);
        self.last_left = self.until;
        self.give_up = give_up;
        // Stalls are counted anew in each slice.
        self.cleared = 0;
        if let Some(schedule) = &mut self.schedule {
            schedule.slice(slice_ms);
        }
        self.advance();
    }

    /// The slice is over, and its last answer is in.
    pub fn end_slice(&mut self) {
        self.sending_ns += self.last_left.saturating_sub(self.slice_start);
    }

    /// Nothing is due that has not left: what waits from now on is not held up by past stalls.
    pub fn clear(&mut self, stalled: u64) {
        self.cleared = stalled;
    }

    /// How much of a wait can be our own doing: without stalls of G since the backlog was last
    /// empty the request would have left earlier by G at the most.
    pub fn held_up(&self, due: u64, now: u64, stalled: u64) -> u64 {
        now.saturating_sub(due).min(stalled - self.cleared)
    }

    /// Nothing is sent any more: the server does not answer. What is left of the schedule is given
    /// up.
    pub fn abandon(&mut self, now: u64) {
        self.hung = true;
        self.give_up_rest(now);
    }

    /// The moment for which the next request is planned; the greatest number if there is none.
    pub fn next_due(&self) -> u64 {
        self.next_due
    }

    /// The next request. In an open loop those of which nobody can be free in time are given up.
    pub fn next(&mut self, now: u64, model: &mut StoreModel, messages: &[Message]) -> Next {
        if self.schedule.is_some() {
            if self.next_due == u64::MAX {
                return Next::Over;
            }
            if now < self.next_due {
                return Next::Waiting;
            }
            self.last_left = self.last_left.max(now);
            if now > self.give_up || self.hung {
                self.give_up_rest(now);
                return Next::Over;
            }
            let (due, code) = (self.next_due, self.next_code);
            self.sent_in_window += u64::from(now <= self.until);
            self.advance();
            return Next::Request(self.begin(code, due, model, messages));
        }
        if self.hung || now >= self.until && self.counting == 0 {
            return Next::Over;
        }
        match self.take() {
            Some(code) => Next::Request(self.begin(code, 0, model, messages)),
            None => Next::Over,
        }
    }

    /// A request of a closed loop has ended on a connection; gives its part from then on.
    pub fn cycle(&mut self, cycle: Cycle, right: bool, now: u64) -> Cycle {
        match cycle {
            Cycle::Ended => Cycle::Ended,
            Cycle::NotYet => Cycle::Since(now),
            Cycle::Since(since) => {
                self.cycles_answered += u64::from(right);
                if now < self.until {
                    return cycle;
                }
                self.cycles_ns += now - since;
                self.counting = self.counting.saturating_sub(1);
                self.ended = now;
                Cycle::Ended
            }
        }
    }

    /// A right answer came in.
    pub fn succeed(&mut self, turn: &Turn, timing: &Timing) {
        let now = timing.read_at;
        let service_ns = timing.service();
        self.answered += 1;
        self.answered_by[turn.place] += 1;
        self.misses += u64::from(turn.miss);
        let paced = self.is_paced();
        if let Some(recorder) = &mut self.recorder {
            recorder.service_time.saturating_record(service_ns.max(1));
            let lag = if paced { timing.lag } else { 0 };
            recorder
                .parts
                .record(lag, timing.server(), timing.picked_up());
            if !paced && let Some(timeline) = &mut recorder.timeline {
                timeline.succeed(now, service_ns.max(1));
            }
        }
        if paced {
            self.record_response(turn.due, timing);
        }
    }

    /// How long a request's user has waited, and what that is made of.
    fn record_response(&mut self, due: u64, timing: &Timing) {
        let Timing {
            lag,
            disturbed,
            read_at: now,
            ..
        } = *timing;
        self.disturbed += u64::from(disturbed);
        let Some(recorder) = &mut self.recorder else {
            return;
        };
        let ns = now.saturating_sub(due).max(1);
        recorder.response_time.saturating_record(ns);
        recorder.schedule_lag.saturating_record(lag.max(1));
        if let Some(timeline) = &mut recorder.timeline {
            timeline.succeed(now, ns);
        }
        let waiting = timing.sent_at.saturating_sub(due).saturating_sub(lag);
        let server = timing.server();
        debug_assert_eq!(
            now - due,
            lag + waiting + server + timing.picked_up().unwrap_or(0),
            "the parts of a request are the whole"
        );
        recorder.parts.record_wait(waiting, server);
        if !disturbed {
            let undisturbed = (waiting + server).max(1);
            recorder.undisturbed_time.saturating_record(undisturbed);
        }
    }

    /// A request ended in any other way, after so long a wait.
    pub fn fail(&mut self, kind: Kind, waited: u64, now: u64, text: impl FnOnce() -> String) {
        self.errors.add(kind, 1);
        if kind == Kind::Timeout {
            self.censor(waited);
        }
        self.tell_failed(now, 1);
        self.first_error.get_or_insert_with(text);
    }

    fn tell_failed(&mut self, now: u64, count: u64) {
        let recorder = self.recorder.as_mut();
        if let Some(timeline) = recorder.and_then(|recorder| recorder.timeline.as_mut()) {
            timeline.fail(now, count);
        }
    }

    fn begin(&mut self, code: u32, due: u64, model: &mut StoreModel, messages: &[Message]) -> Turn {
        self.planned += 1;
        let place = (code >> 28) as usize;
        let message = &messages[self.plan.mix[place]];
        let miss = code & MISS_BIT != 0 && !message.writes && message.missing.is_some();
        let drawn = code & (MISS_BIT - 1);
        let key = match (self.plan.latest && !miss, message.writes) {
            (false, _) => drawn,
            (true, true) => model.insert(),
            (true, false) => model.recent(drawn),
        };
        Turn {
            place,
            key,
            miss,
            due,
        }
    }

    /// The next request of one's own; none at the end of a sequence that is gone through once.
    fn take(&mut self) -> Option<u32> {
        loop {
            let position = self.position;
            let code = self.step()?;
            if self.is_own(code, position) {
                return Some(code);
            }
        }
    }

    fn step(&mut self) -> Option<u32> {
        if self.position == self.plan.sequence.len() {
            self.plan.start?;
            self.position = 0;
        }
        let code = self.plan.sequence.get(self.position).copied();
        self.position += 1;
        code
    }

    fn is_own(&self, code: u32, position: usize) -> bool {
        let Share { index, count } = self.plan.share;
        // Distances from the newest key belong to nobody; keys do, so that one process knows its
        // value.
        let number = if self.plan.latest {
            position as u32
        } else {
            code & (MISS_BIT - 1)
        };
        count == 1 || number % count == index
    }

    /// On to the next slot of the schedule whose request is one's own: every slot has a request.
    fn advance(&mut self) {
        loop {
            let next = self.schedule.as_mut().and_then(Schedule::next_ms);
            let Some(at_ms) = next else {
                self.next_due = u64::MAX;
                return;
            };
            let position = self.position;
            let code = self.step().unwrap_or(0);
            if self.is_own(code, position) {
                self.next_due = self.slice_start + ns_of(at_ms);
                self.next_code = code;
                return;
            }
        }
    }

    fn censor(&mut self, waited: u64) {
        self.censored += 1;
        self.censored_at_least = self.censored_at_least.min(waited);
    }

    fn give_up_rest(&mut self, now: u64) {
        if self.next_due == u64::MAX {
            return;
        }
        let mut count = 0;
        while self.next_due != u64::MAX {
            self.planned += 1;
            count += 1;
            self.censor(now.saturating_sub(self.next_due));
            self.advance();
        }
        self.errors.add(Kind::Unfinished, count);
        self.tell_failed(now, count);
        self.first_error.get_or_insert_with(|| {
            "requests of the schedule found no free connection in time".to_string()
        });
    }
}

/// Rounded to a nanosecond.
pub fn ns_of(ms: f64) -> u64 {
    (ms * 1e6).round() as u64
}

#[cfg(test)]
mod tests;
