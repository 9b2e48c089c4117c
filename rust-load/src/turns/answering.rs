//! The way of an answer: what has come in, whether it is right, and what is done where it is not.

use super::{CONNECTION_BITS, MAX_READS, RETRY_AFTER_NS, Turns, expectation};
use crate::answer::{Fault, Progress};
use crate::clock::now_ns;
use crate::connection::{Connection, Request, State};
use crate::outcome::Kind;
use crate::phase::{Phase, Timing};
use crate::segments::{Subject, render};
use crate::server::{Message, Server, subject};
use crate::stamps;
use mio::event::Event;
use std::io::{ErrorKind, Read};

impl Turns<'_> {
    pub(super) fn on_event(&mut self, event: &Event) {
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

    /// Reads what has come in, until nothing is left or the answer is whole.
    pub(super) fn receive(&mut self, s: usize, c: usize) {
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
            let count = match stamps::read(stream, scratch) {
                Ok((0, _)) if connection.answer.ends_with_connection() => {
                    return self.complete(s, c, true);
                }
                Ok((0, _)) => return self.hung_up(s, c, "other side closed"),
                Ok((count, stamp)) => {
                    connection.stamp = stamp;
                    count
                }
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
    pub(super) fn complete(&mut self, s: usize, c: usize, must_close: bool) {
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
            let clocks = &mut self.machinery.clocks;
            let arrival = |stamp| clocks.arrival(stamp, request.sent_at, now);
            let timing = Timing {
                lag: request.lag,
                sent_at: request.sent_at,
                arrived_at: connection.stamp.and_then(arrival),
                read_at: now,
                disturbed: request.in_backlog || self.stalls.total > request.stalled_before,
            };
            phase.succeed(&turn, &timing);
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
    pub(super) fn hung_up(&mut self, s: usize, c: usize, text: &str) {
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
    pub(super) fn broken(&mut self, s: usize, c: usize, kind: Kind, text: impl FnOnce() -> String) {
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

fn waited(phase: &Phase, request: &Request, now: u64) -> u64 {
    let since = if phase.is_paced() {
        request.turn.due
    } else {
        request.sent_at
    };
    now.saturating_sub(since)
}

/// A failure in words, as `GET /key: what was wrong`.
fn described(message: &Message, about: &Subject, text: &str) -> String {
    let mut path = Vec::new();
    render(&message.path, about, 0, &mut path);
    format!(
        "{} {}: {text}",
        message.method,
        String::from_utf8_lossy(&path)
    )
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
