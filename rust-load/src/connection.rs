//! One connection, with one request under way at most.

use crate::answer::Answer;
use crate::phase::{Cycle, Turn};
use mio::net::TcpStream;

#[derive(Clone, Copy, PartialEq)]
pub enum State {
    /// Nothing is under way; there may be an open connection or none.
    Idle,
    /// A request waits for the connection to open.
    Connecting,
    /// A request was sent.
    Busy,
    /// After an error: a server that has gone away is not asked in a busy loop.
    Backoff,
}

/// A request under way, and what its answer is held against.
#[derive(Clone, Copy)]
pub struct Request {
    pub turn: Turn,
    pub version: u8,
    /// Whether the key's value was uncertain when it was asked for.
    pub uncertain: bool,
    pub lag: u64,
    pub handed_over: u64,
    pub sent_at: u64,
    /// Whether it left in a backlog of a stall of ours.
    pub in_backlog: bool,
    /// What the stalls had come to when it left.
    pub stalled_before: u64,
    /// Whether it is the second attempt.
    pub retried: bool,
    /// Whether the connection is closed after it.
    pub is_last: bool,
}

pub struct Connection {
    pub stream: Option<TcpStream>,
    pub state: State,
    pub answer: Answer,
    pub request: Option<Request>,
    /// What of the request the socket has not taken yet.
    pub unsent: Vec<u8>,
    /// Requests that the open connection has carried.
    pub carried: u32,
    /// Since when it opens.
    pub opening_since: u64,
    pub free_since: u64,
    pub cycle: Cycle,
    /// When the last bytes that were read arrived, by the kernel; see `stamps`.
    pub stamp: Option<u64>,
    /// The server has said that it sends nothing after what is there to be read.
    pub is_ended: bool,
}

impl Connection {
    pub fn new() -> Connection {
        Connection {
            stream: None,
            state: State::Idle,
            answer: Answer::default(),
            request: None,
            unsent: Vec::new(),
            carried: 0,
            opening_since: 0,
            free_since: 0,
            cycle: Cycle::NotYet,
            stamp: None,
            is_ended: false,
        }
    }

    /// Closes the socket; the next request opens another.
    pub fn close(&mut self) {
        self.stream = None;
        self.unsent.clear();
        self.is_ended = false;
    }
}

impl Default for Connection {
    fn default() -> Connection {
        Connection::new()
    }
}
