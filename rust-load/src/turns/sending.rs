//! The way of a request: to whom it falls, through a connection that is opened for it where need be.

use super::{Arm, CONNECTION_BITS, Machinery, Turns, expectation};
use crate::clock::now_ns;
use crate::connection::{Request, State};
use crate::outcome::Kind;
use crate::phase::{Next, Turn};
use crate::segments::render;
use crate::server::{Server, subject};
use crate::stamps;
use mio::net::TcpStream;
use mio::{Interest, Token};
use std::io::{self, ErrorKind, Write};

impl Turns<'_> {
    /// Sends the request whose turn it is, if there is one.
    pub(super) fn wake(&mut self, a: usize, c: usize, now: u64) {
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
    pub(super) fn send(&mut self, s: usize, c: usize, now: u64) {
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
            stamps::ask_for(&stream);
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

    pub(super) fn connect_failed(&mut self, s: usize, c: usize, error: &io::Error) {
        let text = match error.kind() {
            ErrorKind::ConnectionRefused => {
                format!("connect ECONNREFUSED {}", self.servers[s].address)
            }
            _ => format!("connect: {error}"),
        };
        self.broken(s, c, Kind::Connect, || text);
    }

    pub(super) fn write_request(&mut self, s: usize, c: usize, is_fresh: bool) {
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

    pub(super) fn on_open(&mut self, s: usize, c: usize) {
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

    pub(super) fn write_rest(&mut self, s: usize, c: usize) {
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
