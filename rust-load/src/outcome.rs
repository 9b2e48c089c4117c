//! What is told of a stretch of load; the names are those of `src/load/protocol.ts`.

use crate::phase::Phase;
use crate::timeline::{Interval, Timeline};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    Connect,
    Timeout,
    Reset,
    Protocol,
    Status,
    Mismatch,
    Unfinished,
}

#[derive(Default, Clone, Serialize)]
pub struct Errors {
    connect: u64,
    timeout: u64,
    reset: u64,
    protocol: u64,
    pub status: u64,
    pub mismatch: u64,
    unfinished: u64,
}

impl Errors {
    pub fn add(&mut self, kind: Kind, count: u64) {
        *match kind {
            Kind::Connect => &mut self.connect,
            Kind::Timeout => &mut self.timeout,
            Kind::Reset => &mut self.reset,
            Kind::Protocol => &mut self.protocol,
            Kind::Status => &mut self.status,
            Kind::Mismatch => &mut self.mismatch,
            Kind::Unfinished => &mut self.unfinished,
        } += count;
    }
}

/// Latencies in ns, to three digits, up to a little over an hour.
pub struct Recorder {
    pub service_time: Histogram<u64>,
    pub response_time: Histogram<u64>,
    pub schedule_lag: Histogram<u64>,
    pub undisturbed_time: Histogram<u64>,
    pub parts: Parts,
    pub timeline: Option<Timeline>,
}

impl Recorder {
    pub fn new() -> Recorder {
        Recorder {
            service_time: histogram(),
            response_time: histogram(),
            schedule_lag: histogram(),
            undisturbed_time: histogram(),
            parts: Parts::new(),
            timeline: None,
        }
    }
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder::new()
    }
}

/// What each response time is made of, beside the lag: their sum is the whole, request by request. In
/// a closed loop nothing waits for a connection.
pub struct Parts {
    /// From the due time to the sending, less the lag: the server had freed no connection.
    pub waiting: Histogram<u64>,
    /// From the sending to the arrival of the answer's last byte.
    pub server: Histogram<u64>,
    /// From there until it was read.
    pub picked_up: Histogram<u64>,
    /// The lag and what was picked up late.
    pub ours: Histogram<u64>,
    /// The whole without ours.
    pub theirs: Histogram<u64>,
    /// Answers whose arrival the kernel has told.
    pub stamped: u64,
}

impl Parts {
    fn new() -> Parts {
        Parts {
            waiting: histogram(),
            server: histogram(),
            picked_up: histogram(),
            ours: histogram(),
            theirs: histogram(),
            stamped: 0,
        }
    }

    /// Adds a request, in ns: in any loop what the server took and what is ours.
    pub fn record(&mut self, lag: u64, server: u64, picked_up: Option<u64>) {
        self.stamped += u64::from(picked_up.is_some());
        let picked_up = picked_up.unwrap_or(0);
        self.server.saturating_record(server);
        self.picked_up.saturating_record(picked_up);
        self.ours.saturating_record(lag + picked_up);
    }

    /// What a schedule has besides.
    pub fn record_wait(&mut self, waiting: u64, server: u64) {
        self.waiting.saturating_record(waiting);
        self.theirs.saturating_record(waiting + server);
    }
}

pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 1 << 42, 3).expect("bounds that are fixed")
}

/// HdrHistogram's standard compressed form (V2), in base64.
pub fn encode(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram, &mut bytes)
        .expect("memory is enough to write to");
    BASE64_STANDARD.encode(bytes)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    planned: u64,
    answered: u64,
    errors: Errors,
    first_error: Option<String>,
    retried: u64,
    hung: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<u64>,
}

impl Transfer {
    pub fn of(phase: &Phase) -> Transfer {
        Transfer {
            planned: phase.planned,
            answered: phase.answered,
            errors: phase.errors.clone(),
            first_error: phase.first_error.clone(),
            retried: phase.retried,
            hung: phase.hung,
            lost: None,
        }
    }

    /// A 404 and an older value are both lost writes; a connection that broke says nothing.
    pub fn with_lost(self) -> Transfer {
        let lost = Some(self.errors.status + self.errors.mismatch);
        Transfer { lost, ..self }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    #[serde(flatten)]
    pub transfer: Transfer,
    pub window_ms: f64,
    pub requests_per_second: f64,
    pub sent_in_window: u64,
    pub by_name: BTreeMap<String, u64>,
    pub misses: u64,
    pub connections_opened: u64,
    pub sent_bytes: u64,
    pub received_bytes: u64,
    pub service_time: String,
    pub response_time: Option<String>,
    pub schedule_lag: Option<String>,
    pub undisturbed_time: Option<String>,
    pub parts: Option<PartsOutcome>,
    pub censored: Option<Censored>,
    pub timeline: Option<TimelineOutcome>,
    pub generator: Usage,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartsOutcome {
    stamped: u64,
    waiting: Option<String>,
    server: String,
    picked_up: String,
    ours: String,
    theirs: Option<String>,
}

impl PartsOutcome {
    /// None where the kernel has told of no arrival at all.
    pub fn of(parts: &Parts, paced: bool) -> Option<PartsOutcome> {
        let of_schedule = |histogram| paced.then(|| encode(histogram));
        (parts.stamped > 0).then(|| PartsOutcome {
            stamped: parts.stamped,
            waiting: of_schedule(&parts.waiting),
            server: encode(&parts.server),
            picked_up: encode(&parts.picked_up),
            ours: encode(&parts.ours),
            theirs: of_schedule(&parts.theirs),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Censored {
    pub count: u64,
    pub at_least_ms: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineOutcome {
    pub started_at_ms: f64,
    pub interval_ms: f64,
    pub intervals: Vec<Interval>,
}

/// What the generator itself took.
#[derive(Default, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub cpu_us: f64,
    pub utilization: f64,
    pub elapsed_ms: f64,
    pub stalled_ms: f64,
    pub longest_stall_ms: f64,
    pub disturbed: u64,
}
