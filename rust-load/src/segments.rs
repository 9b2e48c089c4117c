//! Requests and expected answers as lists of pieces, put together or compared byte by byte.

use crate::dataset::KeyName;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Deserializer, de::Error};

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    None,
    Base64,
    Url,
}

/// Bytes as they are, or what is filled in for each request.
pub enum Segment {
    Bytes(Box<[u8]>),
    Key(Encoding),
    Value(Encoding),
    Index(Encoding),
    /// The length of the body.
    Length,
}

/// What a request is about.
pub struct Subject<'a> {
    pub name: KeyName,
    pub index: u32,
    pub value: &'a [u8],
}

/// What a list of pieces mentions.
pub fn mentions_value(segments: &[Segment]) -> bool {
    segments
        .iter()
        .any(|segment| matches!(segment, Segment::Value(_)))
}

/// Puts the pieces together behind what `out` holds.
pub fn render(segments: &[Segment], subject: &Subject, body_length: usize, out: &mut Vec<u8>) {
    for segment in segments {
        visit(segment, subject, body_length, |bytes| {
            out.extend_from_slice(bytes);
        });
    }
}

/// Whether these bytes are the pieces put together.
pub fn is_equal(segments: &[Segment], subject: &Subject, bytes: &[u8]) -> bool {
    let mut rest = Some(bytes);
    for segment in segments {
        visit(segment, subject, 0, |expected| {
            rest = rest.and_then(|rest| rest.strip_prefix(expected));
        });
    }
    rest.is_some_and(<[u8]>::is_empty)
}

/// How many bytes the pieces are.
pub fn length(segments: &[Segment], subject: &Subject) -> usize {
    let mut total = 0;
    for segment in segments {
        visit(segment, subject, 0, |bytes| total += bytes.len());
    }
    total
}

fn visit(segment: &Segment, subject: &Subject, body_length: usize, take: impl FnOnce(&[u8])) {
    match segment {
        Segment::Bytes(bytes) => take(bytes),
        Segment::Key(encoding) => encode(subject.name.as_bytes(), *encoding, take),
        Segment::Value(encoding) => encode(subject.value, *encoding, take),
        Segment::Index(encoding) => decimal(subject.index as usize, |d| encode(d, *encoding, take)),
        Segment::Length => decimal(body_length, take),
    }
}

fn encode(bytes: &[u8], encoding: Encoding, take: impl FnOnce(&[u8])) {
    match encoding {
        Encoding::None => take(bytes),
        Encoding::Base64 => take(BASE64_STANDARD.encode(bytes).as_bytes()),
        Encoding::Url => take(url_encoded(bytes).as_bytes()),
    }
}

/// As JavaScript's `encodeURIComponent` has it.
fn url_encoded(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len() + 8);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A number's digits without an allocation.
fn decimal(mut number: usize, take: impl FnOnce(&[u8])) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return take(&digits[first..]);
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    bytes: Option<String>,
    column: Option<String>,
    encoding: Option<Encoding>,
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Segment, D::Error> {
        let Wire {
            bytes,
            column,
            encoding,
        } = Wire::deserialize(deserializer)?;
        let encoding = encoding.unwrap_or(Encoding::None);
        match (bytes, column.as_deref()) {
            (Some(text), None) => BASE64_STANDARD
                .decode(text)
                .map(|bytes| Segment::Bytes(bytes.into()))
                .map_err(Error::custom),
            (None, Some("key")) => Ok(Segment::Key(encoding)),
            (None, Some("value")) => Ok(Segment::Value(encoding)),
            (None, Some("index")) => Ok(Segment::Index(encoding)),
            (None, Some("length")) => Ok(Segment::Length),
            _ => Err(Error::custom("a segment has bytes or a column")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<Segment> {
        serde_json::from_str(text).expect("segments")
    }

    fn subject(value: &[u8]) -> Subject<'_> {
        Subject {
            name: KeyName::new(7, false),
            index: 7,
            value,
        }
    }

    #[test]
    fn puts_together_what_it_then_finds_equal() {
        let cases = [
            (r#"[]"#, ""),
            (r#"[{"bytes":"YWI="}]"#, "ab"),
            (r#"[{"column":"key","encoding":"none"}]"#, "key:00000007"),
            (r#"[{"column":"key","encoding":"url"}]"#, "key%3A00000007"),
            (
                r#"[{"column":"key","encoding":"base64"}]"#,
                "a2V5OjAwMDAwMDA3",
            ),
            (
                r#"[{"column":"index","encoding":"none"},{"bytes":"YWI="}]"#,
                "7ab",
            ),
            (
                r#"[{"column":"value","encoding":"none"},{"column":"value","encoding":"base64"}]"#,
                "xyeHk=",
            ),
            (r#"[{"column":"length"}]"#, "120"),
        ];
        for (json, expected) in cases {
            let (segments, mut out) = (parse(json), Vec::new());
            render(&segments, &subject(b"xy"), 120, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
            if !json.contains("length") {
                assert!(is_equal(&segments, &subject(b"xy"), &out));
                assert_eq!(length(&segments, &subject(b"xy")), out.len());
                out.push(b'!');
                assert!(!is_equal(&segments, &subject(b"xy"), &out));
            }
        }
    }

    #[test]
    fn refuses_what_is_no_segment() {
        for json in [r#"[{}]"#, r#"[{"bytes":"!"}]"#, r#"[{"column":"name"}]"#] {
            assert!(serde_json::from_str::<Vec<Segment>>(json).is_err());
        }
    }
}
