//! Messages: a line of JSON each, on stdin and stdout. Those that come are what
//! `src/load/native/lines.ts` makes.

use crate::dataset::ValueSize;
use crate::schedule::Pace;
use crate::server::Endpoint;
use crate::store::Share;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Read, Write};
use std::rc::Rc;

/// As the other side has it.
const MAX_LINE_BYTES: u64 = 256 * 1024 * 1024;

/// What the generator loads with; the connections are its own share.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    pub keys: u32,
    pub value_size: ValueSize,
    pub latest: bool,
    pub connections: usize,
    pub requests_per_connection: Option<u32>,
    pub timeout_ms: f64,
    pub seed: u32,
    pub share: Share,
}

/// One stretch of load, dealt out into slices.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    pub targets: Vec<String>,
    pub mix: Vec<String>,
    pub pace: Option<Pace>,
    pub duration_ms: f64,
    pub interval_ms: Option<f64>,
    pub slices: Vec<SliceSpec>,
    /// How many targets share the schedule request by request.
    pub together: usize,
    /// Where in the sequence to begin, once round it as often as it takes.
    pub start: u32,
    pub schedule_seed: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SliceSpec {
    pub arms: Vec<usize>,
    pub duration_ms: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Call {
    Preload,
    Load,
    ReadBack,
    Release,
}

/// Any message; which one it is shows in what it has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incoming {
    pub workload: Option<Workload>,
    /// The requests of the loads from now on, 32 bits each, in base64.
    pub sequence: Option<String>,
    /// The end of a wait at the barrier.
    pub start_at_ms: Option<f64>,
    pub id: Option<u64>,
    pub call: Option<Call>,
    pub endpoint: Option<Endpoint>,
    pub spec: Option<Spec>,
    pub target: Option<String>,
}

/// Reads the next line; none at the end. What is no message is an error.
pub fn read_line(from: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let mut line = Vec::new();
    from.take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        return Err(io::Error::other("a line without an end"));
    }
    serde_json::from_slice(&line).map_err(io::Error::other)
}

/// Writes a message; where nobody reads any more this process has nothing left to do.
pub fn send(message: &impl Serialize) {
    let mut line = serde_json::to_vec(message).unwrap_or_default();
    line.push(b'\n');
    if io::stdout().write_all(&line).is_err() {
        std::process::exit(0);
    }
}

/// The requests of a load; see `requestCode` in `src/load/keys.ts`.
pub fn decode_sequence(base64: &str) -> Result<Rc<[u32]>, String> {
    let bytes = BASE64_STANDARD
        .decode(base64)
        .map_err(|error| error.to_string())?;
    let codes = bytes.chunks_exact(4);
    Ok(codes
        .map(|code| u32::from_le_bytes([code[0], code[1], code[2], code[3]]))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_until_the_end() {
        let mut text =
            &b"{\"startAtMs\":1.5}\n{\"id\":3,\"call\":\"readBack\",\"target\":\"a\"}\n"[..];
        let first = read_line(&mut text).ok().flatten();
        assert_eq!(first.and_then(|line| line.start_at_ms), Some(1.5));
        let second = read_line(&mut text).ok().flatten();
        assert_eq!(second.and_then(|line| line.target).as_deref(), Some("a"));
        assert!(matches!(read_line(&mut text), Ok(None)));
    }

    #[test]
    fn refuses_what_is_no_message() {
        for text in ["nonsense\n", "{}", "{\"id\":-1}\n", "[]\n1\n"] {
            assert!(read_line(&mut text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn decodes_sequences() {
        assert_eq!(
            decode_sequence("AQAAAAACAAA=").as_deref(),
            Ok(&[1, 512][..])
        );
        assert!(decode_sequence("!").is_err());
    }
}
