//! Feeds mutated answers to what reads them: `cargo run --release --example fuzz -- SECONDS [SEED]`.
//!
//! Whatever comes in, nothing may panic, memory stays bounded, and an answer is read alike however
//! it is cut into pieces. On stable Rust, without a harness: a failure prints its input.

use rust_load::answer::{Answer, Fault, Progress};
use rust_load::dataset::KeyName;
use rust_load::expect::Expectation;
use rust_load::random::Random;
use rust_load::segments::Subject;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const SEEDS: [&[u8]; 12] = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\nKey inserted",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
    b"HTTP/1.0 404 Not Found\r\n\r\nnot here",
    b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: \"a\"\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n{\"id\":\"0\",\"n\":[1,2.5e3,null,{}]}\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
];

const TOKENS: [&[u8]; 16] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"0\r\n\r\n",
    b": ",
    b",",
    b"chunked",
    b"close",
    b"Content-Length: ",
    b"Transfer-Encoding: chunked\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 x\r\n\r\n",
    b"-1",
    b"\0",
    b"\xff",
];

static CURRENT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10);
    let seed = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{info}");
        if let Ok(input) = CURRENT.lock() {
            eprintln!("input: {}", input.escape_ascii());
        }
    }));
    let mut random = Random::new(seed);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut reader = Answer::default();
    let mut inputs = 0u64;
    // Mutants that took an unusual way are mutated further.
    let mut corpus: Vec<Vec<u8>> = SEEDS.iter().map(|seed| seed.to_vec()).collect();
    while Instant::now() < until {
        for _ in 0..1000 {
            let input = mutate(&corpus, &mut random);
            if let Ok(mut current) = CURRENT.lock() {
                current.clone_from(&input);
            }
            let read = check(&mut reader, &input, &mut random);
            inputs += 1;
            if read && corpus.len() < 2000 && random.below(50) == 0 {
                corpus.push(input);
            } else if corpus.len() == 2000 && random.below(1000) == 0 {
                let place = SEEDS.len() as u32 + random.below(1900);
                corpus[place as usize] = input;
            }
        }
    }
    println!("{inputs} answers in {seconds} s from seed {seed}: none was read wrongly");
}

fn mutate(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let pick = |random: &mut Random| corpus[random.below(corpus.len() as u32) as usize].clone();
    let mut input = pick(random);
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() as u32 + 1) as usize;
        match random.below(8) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = random.below(256) as u8,
            2 => input.truncate(at),
            3 => {
                let end = (at + random.below(20) as usize).min(input.len());
                input.drain(at..end);
            }
            4 => {
                let end = (at + random.below(40) as usize).min(input.len());
                let piece = input[at..end].repeat(1 + random.below(3) as usize);
                input.splice(at..at, piece);
            }
            5 => {
                let other = pick(random);
                let from = random.below(other.len() as u32 + 1) as usize;
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            6 if random.below(50) == 0 => {
                let long = vec![b'a' + random.below(26) as u8; random.below(40_000) as usize];
                input.splice(at..at, long);
            }
            _ => {
                let token = TOKENS[random.below(TOKENS.len() as u32) as usize];
                input.splice(at..at, token.iter().copied());
            }
        }
    }
    input.truncate(100_000);
    input
}

#[derive(Debug, PartialEq)]
enum Read {
    Whole {
        status: u16,
        body: Vec<u8>,
        used: usize,
        keep_alive: bool,
    },
    More {
        body: usize,
        until_close: bool,
    },
    TooLong,
    Malformed,
}

/// Reads it whole and in pieces; gives whether it is an answer.
fn check(reader: &mut Answer, input: &[u8], random: &mut Random) -> bool {
    let is_head = random.below(8) == 0;
    let limit = [None, Some(0), Some(100), Some(100_000)][random.below(4) as usize];
    let whole = read(reader, std::iter::once(input), is_head, limit);
    let largest = [1, 3, 100, 4096][random.below(4) as usize];
    let mut pieces = Vec::new();
    let mut rest = input;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((1 + random.below(largest) as usize).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    let cut = read(reader, pieces.into_iter(), is_head, limit);
    assert_eq!(whole, cut, "read otherwise in pieces of up to {largest}");
    assert!(
        reader.body.len() <= limit.unwrap_or(0),
        "more is kept than is wanted"
    );
    if let Read::Whole { body, .. } = &whole {
        hold_against(body);
    }
    matches!(whole, Read::Whole { .. })
}

fn read<'a>(
    reader: &mut Answer,
    pieces: impl Iterator<Item = &'a [u8]>,
    is_head: bool,
    limit: Option<usize>,
) -> Read {
    reader.begin(is_head, limit);
    let mut used = 0;
    for piece in pieces {
        used += piece.len();
        match reader.feed(piece) {
            Ok(Progress::More) => {}
            Ok(Progress::Done { left }) => {
                return Read::Whole {
                    status: reader.status,
                    body: reader.body.clone(),
                    used: used - left,
                    keep_alive: reader.keep_alive,
                };
            }
            Err(Fault::TooLong) => return Read::TooLong,
            Err(Fault::Malformed(_)) => return Read::Malformed,
        }
    }
    Read::More {
        body: reader.body.len(),
        until_close: reader.ends_with_connection(),
    }
}

/// Whatever the body is, it is right or it is not.
fn hold_against(body: &[u8]) {
    let subject = Subject {
        name: KeyName::new(0, false),
        index: 0,
        value: b"value",
    };
    for how in ["any", "exact", "contains", "json"] {
        let text = r#"{"statuses":[200],"match":"HOW","text":[{"bytes":"eyJpZCI6Ig=="},{"column":"index","encoding":"none"},{"bytes":"In0="}]}"#;
        let expectation: Expectation =
            serde_json::from_str(&text.replace("HOW", how)).expect("an expectation");
        expectation.is_right(&subject, body);
    }
}
