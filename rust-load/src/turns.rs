//! The loop in which a stretch of load is played: one thread, edge-triggered events.

use crate::clock::now_ns;
use crate::connection::State;
use crate::dataset::Dataset;
use crate::expect::Expectation;
use crate::outcome::Kind;
use crate::phase::{Cycle, Phase, ns_of};
use crate::server::{Message, Server};
use crate::stamps::Clocks;
use mio::{Events, Poll};
use std::io::{self, ErrorKind};
use std::time::Duration;

mod answering;
mod sending;

const RETRY_AFTER_NS: u64 = 20_000_000;
/// A loop that has not been seen for so long stood still: each turn takes a few microseconds.
const STALL_NS: u64 = 50_000;
/// Not oftener: whoever sends has something better to do.
const LIVE_EVERY_NS: u64 = 1_000_000_000;
/// A server that sends without an end must not keep the loop from its other connections.
const MAX_READS: usize = 16;
const CONNECTION_BITS: usize = 20;
const EVENTS: usize = 1024;

/// One target's part in a stretch of load.
pub struct Arm {
    pub server: usize,
    pub phase: Phase,
}

/// The moments at which the loop stood still: two sightings far apart are a stall.
#[derive(Default)]
struct Stalls {
    last: u64,
    total: u64,
    longest: u64,
}

impl Stalls {
    fn see(&mut self, now: u64) {
        let away = now.saturating_sub(self.last);
        self.last = now;
        if away > STALL_NS {
            self.total += away;
            self.longest = self.longest.max(away);
        }
    }
}

/// What outlives a stretch of load.
pub struct Machinery {
    pub poll: Poll,
    clocks: Clocks,
    scratch: Vec<u8>,
    out: Vec<u8>,
    body: Vec<u8>,
}

impl Machinery {
    pub fn new() -> io::Result<Machinery> {
        Ok(Machinery {
            poll: Poll::new()?,
            clocks: Clocks::new(),
            scratch: vec![0; 65_536],
            out: Vec::new(),
            body: Vec::new(),
        })
    }
}

/// What never changes while a stretch is played.
#[derive(Clone, Copy)]
pub struct Limits {
    pub timeout_ns: u64,
    pub requests_per_connection: Option<u32>,
}

/// How a slice went.
pub struct Slice {
    pub start: u64,
    pub elapsed_ns: u64,
    pub busy_ns: u64,
    pub stalled_ns: u64,
    pub longest_stall_ns: u64,
}

/// A stretch of load under way.
pub struct Turns<'a> {
    pub machinery: &'a mut Machinery,
    pub servers: &'a mut [Server],
    pub dataset: &'a mut Dataset,
    pub arms: Vec<Arm>,
    pub limits: Limits,
    stalls: Stalls,
    /// Requests sent and ended: a turn that changes it was of use.
    activity: u64,
    unread: Vec<(usize, usize)>,
    next_watch: u64,
    next_live: u64,
}

impl<'a> Turns<'a> {
    pub fn new(
        machinery: &'a mut Machinery,
        servers: &'a mut [Server],
        dataset: &'a mut Dataset,
        arms: Vec<Arm>,
        limits: Limits,
    ) -> Turns<'a> {
        Turns {
            machinery,
            servers,
            dataset,
            arms,
            limits,
            stalls: Stalls::default(),
            activity: 0,
            unread: Vec::new(),
            next_watch: 0,
            next_live: now_ns() + LIVE_EVERY_NS,
        }
    }

    /// Plays a slice for these arms, of that length or until their requests are used up, and waits
    /// for the last answers. `live` is called about once a second.
    pub fn slice(
        &mut self,
        active: &[usize],
        slice_ms: Option<f64>,
        live: &mut dyn FnMut(&mut [Arm], u64),
    ) -> Slice {
        let start = now_ns();
        self.stalls = Stalls {
            last: start,
            ..Stalls::default()
        };
        let paced = active.iter().any(|a| self.arms[*a].phase.is_paced());
        for &a in active {
            self.begin(a, start, slice_ms);
        }
        let mut idle_ns = 0;
        let mut events = Events::with_capacity(EVENTS);
        let (mut last, mut last_activity) = (start, self.activity);
        loop {
            let now = now_ns();
            if paced {
                self.stalls.see(now);
                if self.activity == last_activity {
                    idle_ns += now - last;
                }
                (last, last_activity) = (now, self.activity);
            }
            for &a in active {
                self.dispatch(a, now);
            }
            if active.iter().all(|a| self.is_done(*a)) {
                let server = |a: &usize| self.arms[*a].server;
                for s in active.iter().map(server).collect::<Vec<_>>() {
                    self.servers[s].free.clear();
                }
                let elapsed_ns = now - start;
                return Slice {
                    start,
                    elapsed_ns,
                    busy_ns: elapsed_ns.saturating_sub(idle_ns),
                    stalled_ns: self.stalls.total,
                    longest_stall_ns: self.stalls.longest,
                };
            }
            let before = if paced { now } else { now_ns() };
            let wait = self.wait(active, paced, before);
            match self.machinery.poll.poll(&mut events, Some(wait)) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => panic!("no events to be had: {error}"),
            }
            if !paced {
                idle_ns += now_ns() - before;
            }
            let mut seen = 0;
            for event in events.iter() {
                seen += 1;
                self.on_event(event);
                // What has come due meanwhile does not wait for the other answers, whosever it is.
                if paced && active.len() > 1 {
                    let now = now_ns();
                    for &a in active {
                        self.dispatch(a, now);
                    }
                }
            }
            for (s, c) in std::mem::take(&mut self.unread) {
                self.receive(s, c);
            }
            // Whose answer may be in, and only not read yet, is not late.
            self.on_time(active, before, seen < EVENTS, live);
        }
    }

    fn begin(&mut self, a: usize, start: u64, slice_ms: Option<f64>) {
        let arm = &mut self.arms[a];
        let server = &mut self.servers[arm.server];
        server.arm = Some(a);
        server.busy = 0;
        server.pulse.begin(start);
        server.free.clear();
        let count = server.connections.len();
        let until = slice_ms.map_or(u64::MAX, |ms| start + ns_of(ms));
        if arm.phase.is_paced() {
            let give_up = until.saturating_add(self.limits.timeout_ns);
            arm.phase
                .open_until(start, slice_ms.unwrap_or(0.0), give_up);
        } else {
            arm.phase
                .close_at(until, if slice_ms.is_some() { count } else { 0 });
        }
        for c in 0..count {
            let connection = &mut self.servers[self.arms[a].server].connections[c];
            connection.free_since = 0;
            connection.cycle = Cycle::NotYet;
            self.ready(a, c, start);
        }
    }

    fn is_done(&self, a: usize) -> bool {
        let Arm { server, phase } = &self.arms[a];
        self.servers[*server].busy == 0 && (!phase.is_paced() || phase.next_due() == u64::MAX)
    }

    /// How long to wait for events.
    fn wait(&self, active: &[usize], paced: bool, now: u64) -> Duration {
        if paced || !self.unread.is_empty() {
            return Duration::ZERO;
        }
        let backoffs = active.iter().filter_map(|a| {
            let backoff = self.servers[self.arms[*a].server].backoff.front();
            backoff.map(|(until, _)| *until)
        });
        let next = backoffs.fold(self.next_watch.min(self.next_live), u64::min);
        Duration::from_nanos(next.saturating_sub(now))
    }

    fn on_time(
        &mut self,
        active: &[usize],
        polled: u64,
        read_all: bool,
        live: &mut dyn FnMut(&mut [Arm], u64),
    ) {
        for &a in active {
            let s = self.arms[a].server;
            while let Some((until, c)) = self.servers[s].backoff.front().copied() {
                if until > polled {
                    break;
                }
                self.servers[s].backoff.pop_front();
                self.servers[s].busy -= 1;
                let now = now_ns();
                let connection = &mut self.servers[s].connections[c];
                connection.state = State::Idle;
                connection.free_since = now;
                self.ready(a, c, now);
            }
        }
        if polled >= self.next_watch && read_all {
            let every = (self.limits.timeout_ns / 4).clamp(5_000_000, 100_000_000);
            self.next_watch = polled + every;
            for &a in active {
                let server = &self.servers[self.arms[a].server];
                let silent = server.pulse.is_silent(polled, self.limits.timeout_ns);
                if silent {
                    self.arms[a].phase.abandon(polled);
                }
                self.expire(a, polled, silent);
            }
        }
        if polled >= self.next_live {
            self.next_live += LIVE_EVERY_NS;
            live(&mut self.arms, polled);
        }
    }

    /// Gives up the requests that were sent longer than the time limit ago, or in any case.
    fn expire(&mut self, a: usize, now: u64, anyway: bool) {
        let s = self.arms[a].server;
        let timeout_ns = self.limits.timeout_ns;
        for c in 0..self.servers[s].connections.len() {
            let connection = &self.servers[s].connections[c];
            let Some(request) = connection.request else {
                continue;
            };
            let opening = connection.state == State::Connecting;
            let since = if opening {
                connection.opening_since
            } else {
                request.sent_at
            };
            if now.saturating_sub(since) < timeout_ns && (opening || !anyway) {
                continue;
            }
            let (kind, what) = if opening {
                (Kind::Connect, "no connection")
            } else {
                (Kind::Timeout, "no answer")
            };
            let ms = timeout_ns as f64 / 1e6;
            self.broken(s, c, kind, || format!("{what} within {ms} ms"));
        }
    }

    /// Sends what has come due, on the connections that have waited longest.
    fn dispatch(&mut self, a: usize, now: u64) {
        let s = self.arms[a].server;
        if !self.arms[a].phase.is_paced() {
            return;
        }
        let mut now = now;
        while now >= self.arms[a].phase.next_due() {
            let Some(c) = self.servers[s].free.pop_front() else {
                return;
            };
            now = now_ns();
            self.stalls.see(now);
            self.wake(a, c, now);
        }
        if !self.servers[s].free.is_empty() {
            self.arms[a].phase.clear(self.stalls.total);
        }
    }

    /// A connection has nothing under way.
    fn ready(&mut self, a: usize, c: usize, now: u64) {
        if self.arms[a].phase.is_paced() {
            let s = self.arms[a].server;
            self.servers[s].free.push_back(c);
            self.dispatch(a, now);
        } else {
            self.wake(a, c, now);
        }
    }
}

fn expectation(message: &Message, miss: bool) -> &Expectation {
    match &message.missing {
        Some(missing) if miss => missing,
        _ => &message.stored,
    }
}
