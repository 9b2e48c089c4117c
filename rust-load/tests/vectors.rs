//! What both load engines must compute alike; see `test/helpers/load-vectors.ts`.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rust_load::dataset::{Dataset, KeyName, ValueSize};
use rust_load::outcome::{encode, histogram};
use rust_load::random::{Random, derive_seed};
use rust_load::schedule::{Pace, Schedule};
use rust_load::segments::render;
use rust_load::server::{Message, subject};
use rust_load::store::{Share, StoreModel};
use rust_load::timeline::cell_of;
use serde::Deserialize;
use serde::de::DeserializeOwned;

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = format!(
        "{}/../fixtures/load/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).expect("a file of vectors");
    serde_json::from_str(&text).expect("vectors")
}

#[derive(Deserialize)]
struct Randoms {
    streams: Vec<Stream>,
    seeds: Vec<Derived>,
}

#[derive(Deserialize)]
struct Stream {
    seed: u32,
    numbers: Vec<u32>,
}

#[derive(Deserialize)]
struct Derived {
    seed: u32,
    path: Vec<u32>,
    derived: u32,
}

#[test]
fn random_numbers() {
    let Randoms { streams, seeds } = read("random");
    for Stream { seed, numbers } in streams {
        let mut random = Random::new(seed);
        let own: Vec<u32> = numbers.iter().map(|_| random.next_u32()).collect();
        assert_eq!(own, numbers, "seed {seed}");
    }
    for Derived {
        seed,
        path,
        derived,
    } in seeds
    {
        assert_eq!(derive_seed(seed, &path), derived, "seed {seed}, {path:?}");
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Values {
    key_count: u32,
    value_size: ValueSize,
    seed: u32,
    values: Vec<Stored>,
    inserted: Vec<Stored>,
}

#[derive(Deserialize)]
struct Stored {
    key: u32,
    version: u8,
    text: String,
}

#[test]
fn values() {
    for set in read::<Vec<Values>>("dataset") {
        let mut dataset = Dataset::new(set.key_count, set.value_size, set.seed);
        dataset.prepare(4);
        for Stored { key, .. } in &set.inserted {
            dataset.insert(*key);
        }
        for Stored { key, version, text } in set.values.iter().chain(&set.inserted) {
            assert_eq!(
                dataset.value(*key, *version),
                text.as_bytes(),
                "{key}, {version}"
            );
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Moments {
    #[serde(flatten)]
    pace: Pace,
    duration_ms: f64,
    seed: u32,
    arms: usize,
    arm: usize,
    slices: Vec<f64>,
    moments_ms: Vec<Vec<f64>>,
}

#[test]
fn schedules() {
    for set in read::<Vec<Moments>>("schedule") {
        let mut schedule = Schedule::new(set.pace, set.duration_ms, set.seed, set.arms, set.arm);
        for (slice_ms, moments) in set.slices.iter().zip(&set.moments_ms) {
            schedule.slice(*slice_ms);
            let own: Vec<f64> = std::iter::from_fn(|| schedule.next_ms()).collect();
            assert_eq!(own.len(), moments.len());
            for (own, moment) in own.iter().zip(moments) {
                // Logarithms may differ in their last bit.
                assert!((own - moment).abs() < 1e-9, "{own} and {moment}");
            }
        }
    }
}

#[derive(Deserialize)]
struct Steps {
    keys: u32,
    share: Share,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Step {
    End {
        end: u32,
        confirmed: bool,
        uncertain: bool,
    },
    Insert {
        insert: u32,
        version: u8,
    },
    Recent {
        recent: Vec<u32>,
    },
    Written {
        written: Keys,
    },
    Write {
        write: u32,
        version: u8,
        uncertain: bool,
    },
}

#[derive(Deserialize)]
struct Keys {
    certain: Vec<u32>,
    uncertain: Vec<u32>,
}

#[test]
fn stores() {
    let size: ValueSize = serde_json::from_str(r#"{"minBytes":4,"maxBytes":4}"#).expect("a size");
    for Steps { keys, share, steps } in read::<Vec<Steps>>("store") {
        let dataset = Dataset::new(keys, size, 1);
        let mut model = StoreModel::new(keys, share);
        for step in steps {
            match step {
                Step::End {
                    end,
                    confirmed,
                    uncertain,
                } => {
                    model.end_write(end, confirmed);
                    assert_eq!(model.is_uncertain(end), uncertain);
                }
                Step::Insert { insert, version } => {
                    assert_eq!(model.insert(), insert);
                    assert_eq!(model.begin_write(insert, &dataset), version);
                }
                Step::Recent { recent } => {
                    let own: Vec<u32> = (0..4).map(|distance| model.recent(distance)).collect();
                    assert_eq!(own, recent);
                }
                Step::Written { written } => {
                    let own = model.take_written();
                    assert_eq!(
                        (own.certain, own.uncertain),
                        (written.certain, written.uncertain)
                    );
                }
                Step::Write {
                    write,
                    version,
                    uncertain,
                } => {
                    assert_eq!(model.begin_write(write, &dataset), version);
                    assert_eq!(model.is_uncertain(write), uncertain);
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct Cell {
    ns: u64,
    cell: usize,
}

#[test]
fn cells() {
    for Cell { ns, cell } in read::<Vec<Cell>>("cells") {
        assert_eq!(cell_of(ns), cell, "{ns} ns");
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rendered {
    key_count: u32,
    value_size: ValueSize,
    seed: u32,
    message: Message,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    key: u32,
    version: u8,
    miss: bool,
    name: String,
    request_base64: String,
    expected_base64: String,
}

#[test]
fn messages() {
    for set in read::<Vec<Rendered>>("messages") {
        let mut dataset = Dataset::new(set.key_count, set.value_size, set.seed);
        dataset.prepare(4);
        for case in set.cases {
            let about = subject(&dataset, case.key, case.version, case.miss);
            assert_eq!(about.name.as_bytes(), case.name.as_bytes());
            let (mut body, mut request, mut expected) = (Vec::new(), Vec::new(), Vec::new());
            render(&set.message.body, &about, 0, &mut body);
            render(&set.message.head, &about, body.len(), &mut request);
            request.extend(body);
            let missing = set.message.missing.as_ref().filter(|_| case.miss);
            let answer = missing.unwrap_or(&set.message.stored);
            render(&answer.text, &about, 0, &mut expected);
            assert_eq!(BASE64_STANDARD.encode(request), case.request_base64);
            assert_eq!(BASE64_STANDARD.encode(&expected), case.expected_base64);
            assert!(answer.is_right(&about, &expected));
        }
    }
}

#[derive(Deserialize)]
struct Recorded {
    recorded: Vec<u64>,
    encoded: String,
}

/// What the other side then reads; see `test/unit/load-vectors.test.ts`.
#[test]
fn histograms() {
    let Recorded { recorded, encoded } = read("histogram");
    let mut own = histogram();
    for ns in &recorded {
        own.record(*ns).expect("within bounds");
    }
    assert_eq!(encode(&own), encoded);
}

#[test]
fn key_names() {
    for (index, name) in [
        (0, "key:00000000"),
        (99_999_999, "key:99999999"),
        (100_000_000, "key:100000000"),
        (u32::MAX, "key:4294967295"),
    ] {
        assert_eq!(KeyName::new(index, false).as_bytes(), name.as_bytes());
    }
}
