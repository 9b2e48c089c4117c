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
    pub timeline: Option<Timeline>,
}

impl Recorder {
    pub fn new() -> Recorder {
        Recorder {
            service_time: histogram(),
            response_time: histogram(),
            schedule_lag: histogram(),
            undisturbed_time: histogram(),
            timeline: None,
        }
    }
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder::new()
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
    pub censored: Option<Censored>,
    pub timeline: Option<TimelineOutcome>,
    pub generator: Usage,
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
    pub disturbed: u64,
}
