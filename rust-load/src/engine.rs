//! Answers the calls of the parent.

use crate::clock::{cpu_ns, now_ns};
use crate::dataset::{Dataset, VALUE_VERSIONS};
use crate::outcome::{
    Censored, Outcome, PartsOutcome, Recorder, TimelineOutcome, Transfer, Usage, encode,
};
use crate::phase::{Phase, Plan, ns_of};
use crate::schedule::Schedule;
use crate::server::{Endpoint, Server, Totals};
use crate::store::Written;
use crate::timeline::{Interval, Timeline};
use crate::turns::{Arm, Limits, Machinery, Turns};
use crate::wire::{Call, Incoming, Spec, Workload, decode_sequence, send};
use serde::Serialize;
use serde_json::{Value, json};
use std::rc::Rc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

pub struct Engine {
    workload: Workload,
    dataset: Dataset,
    machinery: Machinery,
    servers: Vec<Server>,
    sequence: Rc<[u32]>,
}

/// Answers one call after the other, until the parent is gone.
pub fn run(incoming: &Receiver<Incoming>) -> Result<(), String> {
    let mut engine = None;
    while let Ok(message) = incoming.recv() {
        if let Some(workload) = message.workload {
            engine = Some(Engine::new(workload)?);
            continue;
        }
        let engine = engine.as_mut().ok_or("a call before the workload")?;
        if let Some(sequence) = message.sequence {
            engine.sequence = decode_sequence(&sequence)?;
            continue;
        }
        let Some((id, call)) = message.id.zip(message.call) else {
            return Err("a message that is none".to_string());
        };
        let result = match call {
            Call::Preload => required(message.endpoint).and_then(|it| engine.preload(it)),
            Call::Load => required(message.spec).and_then(|it| engine.load(id, &it, incoming)),
            Call::ReadBack => required(message.target).and_then(|it| engine.read_back(&it)),
            Call::Release => {
                engine.servers.clear();
                Ok(Value::Null)
            }
        };
        match result {
            Ok(value) => send(&json!({ "id": id, "ok": true, "value": value })),
            Err(message) => send(&json!({ "id": id, "ok": false, "message": message })),
        }
    }
    Ok(())
}

fn required<T>(argument: Option<T>) -> Result<T, String> {
    argument.ok_or_else(|| "the call lacks its argument".to_string())
}

fn to_value(value: impl Serialize) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|error| error.to_string())
}

impl Engine {
    fn new(workload: Workload) -> Result<Engine, String> {
        Ok(Engine {
            dataset: Dataset::new(workload.keys, workload.value_size, workload.seed),
            machinery: Machinery::new().map_err(|error| error.to_string())?,
            servers: Vec::new(),
            sequence: Rc::new([]),
            workload,
        })
    }

    /// Stores every key, if there is a request for that: the server is fresh.
    fn preload(&mut self, endpoint: Endpoint) -> Result<Value, String> {
        let Workload {
            keys,
            connections,
            share,
            ..
        } = self.workload;
        let timeout = Duration::from_nanos(self.limits().timeout_ns);
        let server = Server::new(endpoint, keys, connections, share, timeout)?;
        if server
            .messages
            .iter()
            .any(|message| message.mentions_value())
        {
            self.dataset.prepare(1);
        }
        // A server of that name has been replaced.
        let place = self
            .servers
            .iter()
            .position(|other| other.name == server.name);
        let place = match place {
            Some(place) => {
                self.servers[place] = server;
                place
            }
            None => {
                self.servers.push(server);
                self.servers.len() - 1
            }
        };
        let own = (share.index..keys).step_by(share.count as usize).collect();
        let outcome = self.transfer(place, self.servers[place].preload, own);
        self.servers[place].model.take_written();
        to_value(outcome)
    }

    /// Sends one kind of request once for each of those keys; nothing without one.
    fn transfer(&mut self, place: usize, message: Option<usize>, keys: Vec<u32>) -> Transfer {
        let Some(message) = message else {
            let plan = self.plan(vec![0], Rc::new([]), None);
            return Transfer::of(&Phase::new(plan, None, None));
        };
        let phase = Phase::new(self.plan(vec![message], keys.into(), None), None, None);
        let limits = self.limits();
        let arms = vec![Arm {
            server: place,
            phase,
        }];
        let (machinery, dataset) = (&mut self.machinery, &mut self.dataset);
        let mut turns = Turns::new(machinery, &mut self.servers, dataset, arms, limits);
        turns.slice(&[0], None, &mut |_, _| {});
        Transfer::of(&turns.arms[0].phase)
    }

    /// All keys and no distances: a transfer. With a start: a load's requests.
    fn plan(&self, mix: Vec<usize>, sequence: Rc<[u32]>, start: Option<usize>) -> Plan {
        let mut share = self.workload.share;
        if start.is_none() {
            // Its keys are its own already.
            (share.index, share.count) = (0, 1);
        }
        Plan {
            mix,
            sequence,
            start,
            latest: self.workload.latest && start.is_some(),
            share,
        }
    }

    /// Reads every written key again; those whose value is uncertain are written once more first.
    fn read_back(&mut self, target: &str) -> Result<Value, String> {
        let place = self.find(target)?;
        let server = &mut self.servers[place];
        let Written {
            mut certain,
            uncertain,
        } = server.model.take_written();
        let (preload, read_back) = (server.preload, server.read_back);
        if read_back.is_none() || certain.is_empty() && uncertain.is_empty() {
            return Ok(Value::Null);
        }
        self.transfer(place, preload, uncertain);
        certain.extend(self.servers[place].model.take_written().certain);
        to_value(self.transfer(place, read_back, certain).with_lost())
    }

    fn load(
        &mut self,
        id: u64,
        spec: &Spec,
        incoming: &Receiver<Incoming>,
    ) -> Result<Value, String> {
        let find = |target: &String| self.find(target);
        let places: Vec<usize> = spec.targets.iter().map(find).collect::<Result<_, _>>()?;
        if self.sequence.is_empty() {
            return Err("a load before its requests".to_string());
        }
        let start = spec.start as usize % self.sequence.len();
        let mut arms = Vec::with_capacity(places.len());
        for (index, &server) in places.iter().enumerate() {
            let mix = self.servers[server].find(&spec.mix)?;
            let writes = |number: &usize| self.servers[server].messages[*number].writes;
            if mix.iter().any(writes) {
                self.dataset.prepare(VALUE_VERSIONS);
            }
            let arm = index % spec.together;
            let schedule = spec.pace.map(|pace| {
                Schedule::new(
                    pace,
                    spec.duration_ms,
                    spec.schedule_seed,
                    spec.together,
                    arm,
                )
            });
            let plan = self.plan(mix, self.sequence.clone(), Some(start));
            let phase = Phase::new(plan, schedule, Some(Recorder::new()));
            arms.push(Arm { server, phase });
        }
        let before: Vec<Totals> = places.iter().map(|s| self.servers[*s].totals).collect();
        let mut usage = vec![Usage::default(); arms.len()];
        let mut busy_ms = vec![0.0; arms.len()];
        let mut windows_ms = vec![0.0; arms.len()];
        let limits = self.limits();
        let count = self.workload.share.count;
        let (machinery, dataset) = (&mut self.machinery, &mut self.dataset);
        let mut turns = Turns::new(machinery, &mut self.servers, dataset, arms, limits);
        let mut started = 0;
        for (number, slice) in spec.slices.iter().enumerate() {
            if count > 1 {
                wait_at_barrier(incoming)?;
            }
            let now = now_ns();
            if number == 0 {
                started = now;
            }
            for (a, arm) in turns.arms.iter_mut().enumerate() {
                let Some((recorder, interval_ms)) =
                    arm.phase.recorder.as_mut().zip(spec.interval_ms)
                else {
                    continue;
                };
                let timeline = &mut recorder.timeline;
                let timeline = timeline.get_or_insert_with(|| Timeline::new(interval_ms, now));
                if slice.arms.contains(&a) {
                    timeline.add_span(now, now + ns_of(slice.duration_ms));
                }
            }
            let cpu_before = cpu_ns();
            let mut tell = |arms: &mut [Arm], now: u64| {
                if spec.interval_ms.is_some() {
                    send(&json!({ "id": id, "live": live_figures(&spec.targets, arms, now) }));
                }
            };
            let played = turns.slice(&slice.arms, Some(slice.duration_ms), &mut tell);
            let cpu_us = (cpu_ns() - cpu_before) as f64 / 1e3;
            for &a in &slice.arms {
                let phase = &mut turns.arms[a].phase;
                phase.end_slice();
                let until = now + ns_of(slice.duration_ms);
                let ended = phase.ended;
                // A closed loop goes on until the cycles that count have ended.
                if let Some(recorder) = phase.recorder.as_mut().filter(|_| spec.pace.is_none())
                    && let Some(timeline) = &mut recorder.timeline
                {
                    timeline.add_span(until, until.max(ended));
                }
                windows_ms[a] += slice.duration_ms;
                busy_ms[a] += played.busy_ns as f64 / 1e6;
                usage[a].elapsed_ms += played.elapsed_ns as f64 / 1e6;
                if spec.pace.is_some() {
                    let usage = &mut usage[a];
                    usage.stalled_ms += played.stalled_ns as f64 / 1e6;
                    let longest = played.longest_stall_ns as f64 / 1e6;
                    usage.longest_stall_ms = usage.longest_stall_ms.max(longest);
                }
                // What arms share request by request can't be told apart.
                usage[a].cpu_us += cpu_us / slice.arms.len() as f64;
            }
        }
        let arms = std::mem::take(&mut turns.arms);
        let outcomes = arms.into_iter().enumerate().map(|(a, arm)| {
            let server = &self.servers[arm.server];
            let usage = Usage {
                utilization: (busy_ms[a] / usage[a].elapsed_ms).clamp(0.0, 1.0),
                disturbed: arm.phase.disturbed,
                ..usage[a].clone()
            };
            outcome(
                spec,
                server,
                arm.phase,
                before[a],
                windows_ms[a],
                started,
                usage,
            )
        });
        to_value(outcomes.collect::<Vec<_>>())
    }

    fn find(&self, target: &str) -> Result<usize, String> {
        let found = self.servers.iter().position(|server| server.name == target);
        found.ok_or_else(|| format!("{target} was not preloaded"))
    }

    fn limits(&self) -> Limits {
        Limits {
            timeout_ns: ns_of(self.workload.timeout_ms),
            requests_per_connection: self.workload.requests_per_connection,
        }
    }
}

fn outcome(
    spec: &Spec,
    server: &Server,
    mut phase: Phase,
    before: Totals,
    window_ms: f64,
    started: u64,
    generator: Usage,
) -> Outcome {
    let transfer = Transfer::of(&phase);
    // See `LoadOutcome` in `src/load/protocol.ts`.
    let (count, ns) = if spec.pace.is_some() {
        (phase.answered, phase.sending_ns)
    } else {
        let connections = server.connections.len() as u64;
        (phase.cycles_answered * connections, phase.cycles_ns)
    };
    let answered_by = spec
        .mix
        .iter()
        .cloned()
        .zip(phase.answered_by.iter().copied());
    let after = server.totals;
    let recorder = phase.recorder.take().unwrap_or_default();
    let paced = |histogram| spec.pace.is_some().then(|| encode(histogram));
    Outcome {
        transfer,
        window_ms,
        requests_per_second: if ns > 0 {
            count as f64 / (ns as f64 / 1e9)
        } else {
            0.0
        },
        sent_in_window: phase.sent_in_window,
        by_name: answered_by.collect(),
        misses: phase.misses,
        connections_opened: after.opened - before.opened,
        sent_bytes: after.sent_bytes - before.sent_bytes,
        received_bytes: after.received_bytes - before.received_bytes,
        service_time: encode(&recorder.service_time),
        response_time: paced(&recorder.response_time),
        schedule_lag: paced(&recorder.schedule_lag),
        undisturbed_time: paced(&recorder.undisturbed_time),
        parts: PartsOutcome::of(&recorder.parts, spec.pace.is_some()),
        censored: (phase.censored > 0).then(|| Censored {
            count: phase.censored,
            at_least_ms: phase.censored_at_least as f64 / 1e6,
        }),
        timeline: recorder
            .timeline
            .zip(spec.interval_ms)
            .map(|(timeline, interval_ms)| TimelineOutcome {
                started_at_ms: started as f64 / 1e6,
                interval_ms,
                intervals: timeline.finish(),
            }),
        generator,
    }
}

/// What came of one target since the last time that it was told.
#[derive(Serialize)]
struct Live<'a> {
    target: &'a str,
    #[serde(flatten)]
    figures: Interval,
}

fn live_figures<'a>(targets: &'a [String], arms: &mut [Arm], now: u64) -> Vec<Live<'a>> {
    let figures = targets.iter().zip(arms).filter_map(|(target, arm)| {
        let timeline = arm.phase.recorder.as_mut()?.timeline.as_mut()?;
        let figures = timeline.take_live(now)?;
        Some(Live { target, figures })
    });
    figures.collect()
}

/// Until the moment that the parent gives to all processes, once each of them waits for it.
fn wait_at_barrier(incoming: &Receiver<Incoming>) -> Result<(), String> {
    send(&json!({ "barrier": true }));
    let message = incoming.recv().map_err(|error| error.to_string())?;
    let start_at_ms = message
        .start_at_ms
        .ok_or("another message than the barrier's")?;
    while now_ns() < ns_of(start_at_ms) {
        std::hint::spin_loop();
    }
    Ok(())
}
