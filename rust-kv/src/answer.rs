//! Every answer that the store's port can give.

use bytes::Bytes;

use crate::stats::Outcome;

pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// An answer of the contract, before it becomes bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Value(Bytes),
    Inserted,
    Missing,
    EmptyKey,
    InvalidFormat,
    /// A method that the path does not take, with those that it does.
    NotAllowed(&'static str),
    TooLarge,
    /// A malformed escape, or framing that makes no sense.
    BadRequest,
    /// The client stopped in the middle of a body.
    TimedOut,
}

impl Answer {
    /// Whether the connection ends with this answer, whatever the client would like.
    pub(crate) fn ends_connection(&self) -> bool {
        matches!(self, Self::TooLarge | Self::BadRequest | Self::TimedOut)
    }

    /// What it counts as.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Value(_) => Outcome::Hit,
            Self::Missing => Outcome::Miss,
            Self::Inserted => Outcome::Inserted,
            _ => Outcome::Other,
        }
    }

    /// What is sent for it, and whether `Connection: close` is said with it.
    pub(crate) fn into_reply(self, close: bool) -> Reply {
        let (status, body) = match self {
            Self::Value(value) => (200, value),
            Self::Inserted => (200, text("Key inserted")),
            Self::Missing => (404, text("Key not found")),
            Self::EmptyKey => (400, text("Key cannot be empty")),
            Self::InvalidFormat => (400, text("Invalid format: expected key=value")),
            Self::NotAllowed(methods) => {
                return Reply {
                    allow: Some(methods),
                    ..Reply::new(405, text("Method not allowed"), close)
                };
            }
            Self::TooLarge => (413, text("Body too large")),
            Self::BadRequest => (400, text("400 Bad Request")),
            Self::TimedOut => (408, text("408 Request Timeout")),
        };
        Reply::new(status, body, close)
    }
}

/// What a stack has to send: the contract as far as it is ours. Length, date and
/// whatever else holds messages together are the stack's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) allow: Option<&'static str>,
    pub(crate) body: Bytes,
    /// Whether the connection ends with it, whatever the client would like.
    pub(crate) close: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: Bytes, close: bool) -> Self {
        Self {
            status,
            content_type: TEXT,
            allow: None,
            body,
            close,
        }
    }
}

pub(crate) fn text(body: &'static str) -> Bytes {
    Bytes::from_static(body.as_bytes())
}
