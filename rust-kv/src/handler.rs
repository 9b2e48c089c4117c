//! The store's port: from a request to its answer, whichever stack it came through.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use futures_core::Stream;

use crate::{
    answer::{Answer, Reply},
    body::{BodyError, Incoming},
    key,
    stats::Stats,
    store::Store,
};

/// What all requests share.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) store: Arc<Store>,
    pub(crate) stats: Arc<Stats>,
    #[cfg(feature = "inject")]
    pub(crate) injection: Arc<crate::inject::Injection>,
}

impl Handler {
    /// Answers any request whatever, so that no router stands between the socket and
    /// the contract: routers clean, decode and redirect paths.
    ///
    /// `path` is that of the request line, without the query and as it came.
    pub(crate) async fn reply<S, E>(
        &self,
        method: &str,
        path: &[u8],
        incoming: &mut Incoming<S>,
    ) -> Reply
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        #[cfg(feature = "inject")]
        self.injection.work().await;
        let answer = answer(&self.store, method, path, incoming)
            .await
            .unwrap_or_else(Answer::from);
        // Before the answer is on its way, so that whoever has it finds it counted.
        self.stats.count(answer.outcome());
        // What is left of a body would be taken for the next request.
        let close = answer.ends_connection() || incoming.is_unread();
        answer.into_reply(close)
    }
}

async fn answer<S, E>(
    store: &Store,
    method: &str,
    path: &[u8],
    incoming: &mut Incoming<S>,
) -> Result<Answer, BodyError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    // A body that nobody asked for is read all the same: unread, it would have to
    // end the connection, lest it be taken for the next request.
    match Action::of(method, path) {
        Action::Read(key) => {
            incoming.discard().await?;
            Ok(store.get(&key).map_or(Answer::Missing, Answer::Value))
        }
        Action::Insert => Ok(match incoming.read().await?.into_entry() {
            Some((key, value)) => {
                store.insert(key, value);
                Answer::Inserted
            }
            None => Answer::InvalidFormat,
        }),
        // This one ends the connection anyway.
        Action::Refuse(Answer::BadRequest) => Ok(Answer::BadRequest),
        Action::Refuse(answer) => {
            incoming.discard().await?;
            Ok(answer)
        }
    }
}

impl From<BodyError> for Answer {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::TooLarge,
            BodyError::Stalled => Self::TimedOut,
            BodyError::Broken => Self::BadRequest,
        }
    }
}

/// What a request line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Action<'a> {
    Read(Cow<'a, [u8]>),
    Insert,
    Refuse(Answer),
}

impl<'a> Action<'a> {
    fn of(method: &str, path: &'a [u8]) -> Self {
        // Only `*` and the authority form have no slash: they name the empty key.
        let raw = path.strip_prefix(b"/").unwrap_or_default();
        let Some(key) = key::decode(raw) else {
            return Self::Refuse(Answer::BadRequest);
        };
        match method {
            "GET" | "HEAD" if key.is_empty() => Self::Refuse(Answer::EmptyKey),
            "GET" | "HEAD" => Self::Read(key),
            "POST" if path == b"/" => Self::Insert,
            _ if path == b"/" => Self::Refuse(Answer::NotAllowed("GET, HEAD, POST")),
            _ => Self::Refuse(Answer::NotAllowed("GET, HEAD")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(key: &[u8]) -> Action<'_> {
        Action::Read(Cow::Borrowed(key))
    }

    #[test]
    fn request_lines_become_actions() {
        let at_root = || Action::Refuse(Answer::NotAllowed("GET, HEAD, POST"));
        let elsewhere = || Action::Refuse(Answer::NotAllowed("GET, HEAD"));
        let table = [
            ("GET", "/a", read(b"a")),
            ("HEAD", "/a", read(b"a")),
            ("GET", "//", read(b"/")),
            ("GET", "/%2F", read(b"/")),
            ("GET", "/..", read(b"..")),
            ("GET", "/", Action::Refuse(Answer::EmptyKey)),
            ("HEAD", "/", Action::Refuse(Answer::EmptyKey)),
            ("GET", "*", Action::Refuse(Answer::EmptyKey)),
            ("GET", "/%zz", Action::Refuse(Answer::BadRequest)),
            ("DELETE", "/%zz", Action::Refuse(Answer::BadRequest)),
            ("POST", "/", Action::Insert),
            ("PUT", "/", at_root()),
            ("BREW", "/", at_root()),
            ("POST", "/a", elsewhere()),
            ("POST", "//", elsewhere()),
            ("BREW", "/a", elsewhere()),
            ("OPTIONS", "*", elsewhere()),
            ("CONNECT", "", elsewhere()),
        ];
        for (method, path, expected) in table {
            assert_eq!(
                Action::of(method, path.as_bytes()),
                expected,
                "{method} {path}"
            );
        }
    }
}
