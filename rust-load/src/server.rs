//! A server to be loaded: what it is asked, what it must hold, and the connections to it.

use crate::connection::Connection;
use crate::dataset::{Dataset, KeyName};
use crate::expect::Expectation;
use crate::segments::{Segment, Subject, mentions_value};
use crate::store::{Share, StoreModel};
use serde::Deserialize;
use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// One kind of request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub name: String,
    pub method: String,
    pub writes: bool,
    pub repeatable: bool,
    pub path: Vec<Segment>,
    pub head: Vec<Segment>,
    pub last_head: Vec<Segment>,
    pub body: Vec<Segment>,
    pub stored: Expectation,
    pub missing: Option<Expectation>,
}

impl Message {
    pub fn mentions_value(&self) -> bool {
        let texts = [&self.path, &self.head, &self.body, &self.stored.text];
        texts.iter().any(|segments| mentions_value(segments))
    }
}

#[derive(Deserialize)]
pub struct Address {
    host: String,
    port: u16,
}

/// A server as Node tells of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    pub target: String,
    pub address: Address,
    pub messages: Vec<Message>,
    pub preload: Option<String>,
    pub read_back: Option<String>,
}

pub struct Server {
    pub name: String,
    pub address: SocketAddr,
    pub messages: Vec<Message>,
    /// Numbers of the messages that store every key and read it again.
    pub preload: Option<usize>,
    pub read_back: Option<usize>,
    pub model: StoreModel,
    pub connections: Vec<Connection>,
    /// Connections that wait for a request to be due, the one that waits longest first.
    pub free: VecDeque<usize>,
    /// Those that wait after an error, and until when.
    pub backoff: VecDeque<(u64, usize)>,
    /// Connections that are not done: a request is under way, or they wait after an error.
    pub busy: usize,
    pub pulse: Pulse,
    /// Which arm of the load under way it is.
    pub arm: Option<usize>,
    pub totals: Totals,
}

/// Of the time-out: less than two of them in a row, so that it ends in time.
const SILENCE: f64 = 1.5;
/// A pause between requests that is no silence of the server: nothing was under way.
const PAUSE_NS: u64 = 1_000_000_000;

/// Whether a server still answers: of all its connections together; see `src/load/pulse.ts`.
#[derive(Default)]
pub struct Pulse {
    under_way: usize,
    heard: u64,
    ended: u64,
}

impl Pulse {
    /// A load begins: what came before says nothing of it.
    pub fn begin(&mut self, now: u64) {
        *self = Pulse {
            under_way: 0,
            heard: now,
            ended: now,
        };
    }

    pub fn sent(&mut self, now: u64) {
        if self.under_way == 0 && now.saturating_sub(self.ended) > PAUSE_NS {
            self.heard = now;
        }
        self.under_way += 1;
    }

    /// A request has ended; `heard`: by what the server did.
    pub fn ended(&mut self, heard: bool, now: u64) {
        self.under_way -= 1;
        self.ended = now;
        if heard {
            self.heard = now;
        }
    }

    /// Whether nothing at all has come back for longer than any request is waited for.
    pub fn is_silent(&self, now: u64, timeout_ns: u64) -> bool {
        let silent_ns = now.saturating_sub(self.heard) as f64;
        self.under_way > 0 && silent_ns > timeout_ns as f64 * SILENCE
    }
}

/// What came and went since the server was made known, HTTP heads included.
#[derive(Clone, Copy, Default)]
pub struct Totals {
    pub opened: u64,
    pub sent_bytes: u64,
    pub received_bytes: u64,
}

impl Server {
    /// Gives a sentence where it can't be.
    pub fn new(
        endpoint: Endpoint,
        keys: u32,
        connections: usize,
        share: Share,
        timeout: Duration,
    ) -> Result<Server, String> {
        let Endpoint {
            target,
            address,
            messages,
            preload,
            read_back,
        } = endpoint;
        let named =
            |name: Option<String>| name.map(|name| find_message(&messages, &name)).transpose();
        Ok(Server {
            address: resolve(&address, timeout)?,
            preload: named(preload)?,
            read_back: named(read_back)?,
            name: target,
            messages,
            model: StoreModel::new(keys, share),
            connections: (0..connections).map(|_| Connection::new()).collect(),
            free: VecDeque::with_capacity(connections),
            backoff: VecDeque::new(),
            busy: 0,
            pulse: Pulse::default(),
            arm: None,
            totals: Totals::default(),
        })
    }

    /// The numbers of the messages of these names.
    pub fn find(&self, names: &[String]) -> Result<Vec<usize>, String> {
        let find = |name: &String| find_message(&self.messages, name);
        names.iter().map(find).collect()
    }
}

fn find_message(messages: &[Message], name: &str) -> Result<usize, String> {
    let found = messages.iter().position(|message| message.name == name);
    found.ok_or_else(|| format!("there is no request named {name}"))
}

/// The address to connect to. Of several the first that answers, as of `localhost`.
fn resolve(Address { host, port }: &Address, timeout: Duration) -> Result<SocketAddr, String> {
    let found = (host.as_str(), *port).to_socket_addrs();
    let addresses: Vec<SocketAddr> = found
        .map_err(|error| format!("{host} has no address: {error}"))?
        .collect();
    let first = addresses.first().copied();
    let answering = || {
        let answers = |address: &&SocketAddr| TcpStream::connect_timeout(address, timeout).is_ok();
        addresses.iter().find(answers).copied()
    };
    let chosen = if addresses.len() > 1 {
        answering().or(first)
    } else {
        first
    };
    chosen.ok_or_else(|| format!("{host} has no address"))
}

/// What a request for that key, with that version of its value, is about.
pub fn subject(dataset: &Dataset, key: u32, version: u8, miss: bool) -> Subject<'_> {
    if miss {
        let key = key % crate::dataset::MISS_KEYS;
        return Subject {
            name: KeyName::new(key, true),
            // Above the numbers of all keys, within 31 bits.
            index: (1 << 30) + key,
            value: &[],
        };
    }
    Subject {
        name: KeyName::new(key, false),
        index: key,
        value: dataset.value(key, version),
    }
}
