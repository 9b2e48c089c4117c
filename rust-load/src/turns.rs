//! The loop in which a stretch of load is played: one thread, edge-triggered events.

use crate::answer::{Fault, Progress};
use crate::clock::now_ns;
use crate::connection::{Connection, Request, State};
use crate::dataset::Dataset;
use crate::expect::Expectation;
use crate::outcome::Kind;
use crate::phase::{Cycle, Next, Phase, Turn};
use crate::segments::render;
use crate::server::{Message, Server, subject};
use mio::event::Event;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

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
}

impl Stalls {
    fn see(&mut self, now: u64) {
        let away = now.saturating_sub(self.last);
        self.last = now;
        if away > STALL_NS {
            self.total += away;
        }
    }
}

/// What outlives a stretch of load.
pub struct Machinery {
    pub poll: Poll,
    scratch: Vec<u8>,
    out: Vec<u8>,
    body: Vec<u8>,
}

impl Machinery {
    pub fn new() -> io::Result<Machinery> {
        Ok(Machinery {
            poll: Poll::new()?,
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
            total: 0,
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
        let until = slice_ms.map_or(u64::MAX, |ms| start + crate::phase::ns_of(ms));
        if arm.phase.is_paced() {
            let give_up = until.saturating_add(self.limits.timeout_ns);
            arm.phase
                .open_until(start, slice_ms.unwrap_or(0.0), give_up, 0);
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

    /// Sends the request whose turn it is, if there is one.
    fn wake(&mut self, a: usize, c: usize, now: u64) {
        let Arm { server: s, phase } = &mut self.arms[a];
        let server = &mut self.servers[*s];
        let turn = match phase.next(now, &mut server.model, &server.messages) {
            Next::Request(turn) => turn,
            Next::Waiting => return server.free.push_back(c),
            Next::Over => return,
        };
        let message = &server.messages[phase.message(turn.place)];
        if message.writes && !turn.miss {
            // A key that is added has its value drawn now.
            if self.dataset.versions_of(turn.key) == 1 {
                self.dataset.insert(turn.key);
            }
        }
        let (version, uncertain) = if turn.miss {
            (0, false)
        } else if message.writes {
            (server.model.begin_write(turn.key, self.dataset), false)
        } else {
            (
                server.model.version(turn.key),
                server.model.is_uncertain(turn.key),
            )
        };
        let connection = &mut server.connections[c];
        let mut request = Request {
            turn,
            version,
            uncertain,
            lag: 0,
            handed_over: now,
            sent_at: 0,
            in_backlog: false,
            stalled_before: self.stalls.total,
            retried: false,
            is_last: false,
        };
        if phase.is_paced() {
            // Waiting for the server to free a connection is no fault of ours, unless the backlog
            // is; being late after that is.
            let held_up = phase.held_up(turn.due, now, self.stalls.total);
            let late = now.saturating_sub(turn.due.max(connection.free_since));
            request.lag = late.max(held_up);
            request.in_backlog = held_up > 0;
        }
        connection.request = Some(request);
        server.busy += 1;
        server.pulse.sent(now);
        self.activity += 1;
        let s = *s;
        self.send(s, c, now);
    }

    /// Sends the request under way, or opens a connection for it.
    fn send(&mut self, s: usize, c: usize, now: u64) {
        if self.servers[s].connections[c].stream.is_some() {
            return self.write_request(s, c, false);
        }
        let opened = TcpStream::connect(self.servers[s].address).and_then(|mut stream| {
            let token = Token(s << CONNECTION_BITS | c);
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.machinery
                .poll
                .registry()
                .register(&mut stream, token, interest)?;
            Ok(stream)
        });
        match opened {
            Ok(stream) => {
                let connection = &mut self.servers[s].connections[c];
                connection.stream = Some(stream);
                connection.state = State::Connecting;
                connection.opening_since = now;
                connection.carried = 0;
            }
            Err(error) => self.connect_failed(s, c, &error),
        }
    }

    fn connect_failed(&mut self, s: usize, c: usize, error: &io::Error) {
        let text = match error.kind() {
            ErrorKind::ConnectionRefused => {
                format!("connect ECONNREFUSED {}", self.servers[s].address)
            }
            _ => format!("connect: {error}"),
        };
        self.broken(s, c, Kind::Connect, || text);
    }

    fn write_request(&mut self, s: usize, c: usize, is_fresh: bool) {
        let Server {
            messages,
            connections,
            arm,
            totals,
            ..
        } = &mut self.servers[s];
        let connection = &mut connections[c];
        let Some((request, phase)) = connection
            .request
            .as_mut()
            .zip(arm.map(|a| &self.arms[a].phase))
        else {
            return;
        };
        let message = &messages[phase.message(request.turn.place)];
        let Turn { key, miss, .. } = request.turn;
        let about = subject(self.dataset, key, request.version, miss);
        connection.carried += 1;
        let limit = self.limits.requests_per_connection;
        request.is_last = limit.is_some_and(|limit| connection.carried >= limit);
        let head = if request.is_last {
            &message.last_head
        } else {
            &message.head
        };
        let Machinery { out, body, .. } = &mut *self.machinery;
        out.clear();
        if message.body.is_empty() {
            render(head, &about, 0, out);
        } else {
            body.clear();
            render(&message.body, &about, 0, body);
            render(head, &about, body.len(), out);
            out.extend_from_slice(body);
        }
        let expected = expectation(message, miss);
        let limit = expected.limit(&about);
        connection.answer.begin(message.method == "HEAD", limit);
        connection.state = State::Busy;
        connection.unsent.clear();
        let sent_at = now_ns();
        // A second attempt is timed from the first; the time that a connection takes to open is not
        // ours.
        if !request.retried {
            request.sent_at = sent_at;
            if !is_fresh {
                request.lag += sent_at - request.handed_over;
            }
        }
        let Some(stream) = &mut connection.stream else {
            return;
        };
        let (written, failure) = write_all(stream, out);
        totals.sent_bytes += written as u64;
        if written < out.len() {
            connection.unsent.extend_from_slice(&out[written..]);
        }
        if let Some(error) = failure {
            self.hung_up(s, c, &format!("write: {error}"));
        }
    }

    fn on_event(&mut self, event: &Event) {
        let s = event.token().0 >> CONNECTION_BITS;
        let c = event.token().0 & ((1 << CONNECTION_BITS) - 1);
        let Some(connection) = self
            .servers
            .get_mut(s)
            .and_then(|server| server.connections.get_mut(c))
        else {
            return;
        };
        let is_readable = event.is_readable() || event.is_read_closed();
        connection.is_ended |= event.is_read_closed();
        match connection.state {
            State::Idle | State::Backoff => return close_if_ended(connection),
            State::Connecting => self.on_open(s, c),
            State::Busy if event.is_writable() && !connection.unsent.is_empty() => {
                self.write_rest(s, c);
            }
            State::Busy => {}
        }
        if is_readable && self.servers[s].connections[c].state == State::Busy {
            self.receive(s, c);
        }
    }

    fn on_open(&mut self, s: usize, c: usize) {
        let Some(stream) = &self.servers[s].connections[c].stream else {
            return;
        };
        if let Ok(Some(error)) | Err(error) = stream.take_error() {
            return self.connect_failed(s, c, &error);
        }
        if stream.peer_addr().is_err() {
            return;
        }
        // Where it can't be had, answers are only later.
        let _ = stream.set_nodelay(true);
        self.servers[s].totals.opened += 1;
        self.write_request(s, c, true);
    }

    fn write_rest(&mut self, s: usize, c: usize) {
        let Server {
            connections,
            totals,
            ..
        } = &mut self.servers[s];
        let connection = &mut connections[c];
        let Some(stream) = &mut connection.stream else {
            return;
        };
        let (written, failure) = write_all(stream, &connection.unsent);
        totals.sent_bytes += written as u64;
        connection.unsent.drain(..written);
        if let Some(error) = failure {
            self.hung_up(s, c, &format!("write: {error}"));
        }
    }

    /// Reads what has come in, until nothing is left or the answer is whole.
    fn receive(&mut self, s: usize, c: usize) {
        for _ in 0..MAX_READS {
            let Server {
                connections,
                totals,
                ..
            } = &mut self.servers[s];
            let connection = &mut connections[c];
            let Some(stream) = &mut connection.stream else {
                return;
            };
            if connection.state != State::Busy {
                return;
            }
            let scratch = &mut self.machinery.scratch;
            let count = match stream.read(scratch) {
                Ok(0) if connection.answer.ends_with_connection() => {
                    return self.complete(s, c, true);
                }
                Ok(0) => return self.hung_up(s, c, "other side closed"),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return self.hung_up(s, c, &format!("read: {error}")),
            };
            totals.received_bytes += count as u64;
            match connection.answer.feed(&scratch[..count]) {
                Ok(Progress::Done { left }) => return self.complete(s, c, left > 0),
                // A socket that gave less than it was asked for is empty, and tells of what comes
                // later; but one that has ended may have told already.
                Ok(Progress::More) => {}
                Err(Fault::TooLong) => {
                    let text = "the answer is far longer than the one expected";
                    return self.broken(s, c, Kind::Mismatch, || text.to_string());
                }
                Err(Fault::Malformed(text)) => {
                    return self.broken(s, c, Kind::Protocol, || text.to_string());
                }
            }
        }
        self.unread.push((s, c));
    }

    /// The answer is whole.
    fn complete(&mut self, s: usize, c: usize, must_close: bool) {
        let now = now_ns();
        let Server {
            messages,
            connections,
            model,
            arm,
            busy,
            pulse,
            ..
        } = &mut self.servers[s];
        let connection = &mut connections[c];
        let Some((request, a)) = connection.request.take().zip(*arm) else {
            return;
        };
        let phase = &mut self.arms[a].phase;
        if phase.is_paced() {
            self.stalls.see(now);
        }
        connection.state = State::Idle;
        connection.free_since = now;
        *busy -= 1;
        pulse.ended(true, now);
        self.activity += 1;
        let is_cut = !connection.unsent.is_empty();
        if must_close
            || is_cut
            || request.is_last
            || connection.is_ended
            || !connection.answer.keep_alive
        {
            connection.close();
        }
        let turn = request.turn;
        let message = &messages[phase.message(turn.place)];
        let expected = expectation(message, turn.miss);
        let status = connection.answer.status;
        let is_expected = expected.statuses.contains(&status);
        let right = is_expected && {
            let body = &connection.answer.body;
            let matches = |version| {
                let about = subject(self.dataset, turn.key, version, turn.miss);
                expected.is_right(&about, body)
            };
            // A read that overlaps a write of its key may see the value before it or after it, and
            // after writes that overlapped each other any of theirs.
            matches(request.version)
                || (!message.writes
                    && !turn.miss
                    && (request.uncertain
                        || model.is_uncertain(turn.key)
                        || model.version(turn.key) != request.version)
                    && (0..self.dataset.versions_of(turn.key)).any(matches))
        };
        if right {
            phase.succeed(&turn, now - request.sent_at, now);
            if phase.is_paced() {
                let disturbed = request.in_backlog || self.stalls.total > request.stalled_before;
                phase.record_response(turn.due, request.lag, disturbed, now);
            }
        } else {
            let about = subject(self.dataset, turn.key, request.version, turn.miss);
            let kind = if is_expected {
                Kind::Mismatch
            } else {
                Kind::Status
            };
            let waited = waited(phase, &request, now);
            phase.fail(kind, waited, now, || {
                let text = if is_expected {
                    "a body other than the one expected".to_string()
                } else {
                    expected.status_message(status)
                };
                described(message, &about, &text)
            });
        }
        if message.writes && !turn.miss {
            model.end_write(turn.key, right);
        }
        connection.cycle = phase.cycle(connection.cycle, right, now);
        self.ready(a, c, now);
    }

    /// The connection ended before the answer did.
    fn hung_up(&mut self, s: usize, c: usize, text: &str) {
        let Server {
            messages,
            connections,
            arm,
            ..
        } = &mut self.servers[s];
        let connection = &mut connections[c];
        let Some((request, a)) = connection.request.as_mut().zip(*arm) else {
            return;
        };
        let phase = &mut self.arms[a].phase;
        let message = &messages[phase.message(request.turn.place)];
        // It may have been closing when the request was sent: that is nobody's fault. One that was
        // opened for it was not closed for its idleness.
        let was_idle = connection.carried > 1 && !connection.answer.is_begun;
        if message.repeatable && !request.retried && was_idle {
            request.retried = true;
            phase.retried += 1;
            connection.close();
            return self.send(s, c, now_ns());
        }
        self.broken(s, c, Kind::Reset, || text.to_string());
    }

    /// The request under way has failed, and the connection with it.
    fn broken(&mut self, s: usize, c: usize, kind: Kind, text: impl FnOnce() -> String) {
        let now = now_ns();
        let Server {
            messages,
            connections,
            model,
            arm,
            backoff,
            pulse,
            ..
        } = &mut self.servers[s];
        let connection = &mut connections[c];
        connection.close();
        let Some((request, a)) = connection.request.take().zip(*arm) else {
            return;
        };
        // What we ended ourselves the server has not.
        pulse.ended(!matches!(kind, Kind::Timeout | Kind::Mismatch), now);
        connection.state = State::Backoff;
        backoff.push_back((now + RETRY_AFTER_NS, c));
        self.activity += 1;
        let phase = &mut self.arms[a].phase;
        let turn = request.turn;
        let message = &messages[phase.message(turn.place)];
        let waited = waited(phase, &request, now);
        phase.fail(kind, waited, now, || {
            let about = subject(self.dataset, turn.key, request.version, turn.miss);
            described(message, &about, &text())
        });
        if message.writes && !turn.miss {
            model.end_write(turn.key, false);
        }
        connection.cycle = phase.cycle(connection.cycle, false, now);
    }
}

fn expectation(message: &Message, miss: bool) -> &Expectation {
    match &message.missing {
        Some(missing) if miss => missing,
        _ => &message.stored,
    }
}

fn waited(phase: &Phase, request: &Request, now: u64) -> u64 {
    let since = if phase.is_paced() {
        request.turn.due
    } else {
        request.sent_at
    };
    now.saturating_sub(since)
}

/// A failure in words, as `GET /key: what was wrong`.
fn described(message: &Message, about: &crate::segments::Subject, text: &str) -> String {
    let mut path = Vec::new();
    render(&message.path, about, 0, &mut path);
    format!(
        "{} {}: {text}",
        message.method,
        String::from_utf8_lossy(&path)
    )
}

/// Writes as much as the socket takes.
fn write_all(stream: &mut TcpStream, bytes: &[u8]) -> (usize, Option<io::Error>) {
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (written, Some(error)),
        }
    }
    (written, None)
}

/// A connection that the server has closed while nothing was asked is opened anew before its next
/// use; so is one on which it says what nobody has asked.
fn close_if_ended(connection: &mut Connection) {
    if let Some(stream) = &mut connection.stream {
        match stream.read(&mut [0; 1]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => connection.close(),
        }
    }
}
