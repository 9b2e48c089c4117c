//! What a right answer is.

use crate::segments::{Segment, Subject, is_equal, length, render};
use serde::Deserialize;
use serde_json::Value;

/// An error page may be longer than what was expected; an endless answer must not keep us.
const MAX_EXCESS_BYTES: usize = 65_536;
/// The same where a body may hold more than what was expected.
const MAX_LOOSE_BYTES: usize = 16 * 1024 * 1024;

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    Any,
    Exact,
    Contains,
    Json,
}

#[derive(Deserialize)]
pub struct Expectation {
    pub statuses: Vec<u16>,
    #[serde(rename = "match")]
    pub how: Match,
    pub text: Vec<Segment>,
}

impl Expectation {
    /// How much of a body is read; none: any length, and nothing of it is kept.
    pub fn limit(&self, subject: &Subject) -> Option<usize> {
        match self.how {
            Match::Any => None,
            Match::Exact => Some(length(&self.text, subject) + MAX_EXCESS_BYTES),
            Match::Contains | Match::Json => Some(MAX_LOOSE_BYTES),
        }
    }

    /// Whether a whole body is what was expected.
    pub fn is_right(&self, subject: &Subject, body: &[u8]) -> bool {
        let expected = || {
            let mut text = Vec::new();
            render(&self.text, subject, 0, &mut text);
            text
        };
        match self.how {
            Match::Any => true,
            Match::Exact => is_equal(&self.text, subject, body),
            Match::Contains => memchr::memmem::find(body, &expected()).is_some(),
            Match::Json => match (parse(&expected()), parse(body)) {
                (Some(expected), Some(actual)) => holds(&expected, &actual),
                _ => false,
            },
        }
    }

    pub fn status_message(&self, status: u16) -> String {
        let wanted: Vec<String> = self.statuses.iter().map(u16::to_string).collect();
        format!("status {status} instead of {}", wanted.join(" or "))
    }
}

/// As Node reads bytes as text: what is not UTF-8 becomes a replacement character.
fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()
}

/// Whether JSON holds what was expected: objects may have other properties besides, lists must be
/// as long, and all else equal; numbers as JavaScript's are.
fn holds(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => expected
            .iter()
            .all(|(name, value)| actual.get(name).is_some_and(|other| holds(value, other))),
        (Value::Array(expected), Value::Array(actual)) => {
            let mut pairs = expected.iter().zip(actual);
            expected.len() == actual.len() && pairs.all(|(one, other)| holds(one, other))
        }
        (Value::Number(expected), Value::Number(actual)) => expected.as_f64() == actual.as_f64(),
        _ => expected == actual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_what_was_expected() {
        for (expected, actual, right) in [
            (r#"{"a":1}"#, r#"{"b":2,"a":1.0}"#, true),
            (r#"{"a":1}"#, r#"{"b":2}"#, false),
            (
                r#"{"a":[1,{"b":null}]}"#,
                r#"{"a":[1,{"b":null,"c":2}]}"#,
                true,
            ),
            ("[1]", "[1,2]", false),
            ("[]", "{}", false),
            ("{}", "[]", false),
            ("9007199254740993", "9007199254740992", true),
            (r#""1""#, "1", false),
            ("null", "false", false),
            ("0", "-0", true),
        ] {
            let (Some(one), Some(other)) = (parse(expected.as_bytes()), parse(actual.as_bytes()))
            else {
                panic!("no JSON");
            };
            assert_eq!(holds(&one, &other), right, "{expected} in {actual}");
        }
        assert!(parse(b"").is_none());
        assert!(parse(br#"{"a":"#).is_none());
    }
}
