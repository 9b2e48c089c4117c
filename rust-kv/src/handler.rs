//! The store's port: from a request to its answer.

use std::{
    borrow::Cow,
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    dev::RequestHead,
    http::{ConnectionType, Method, Version},
    web,
};
use bytes::Bytes;
use tokio::time::sleep;

use crate::{
    answer::Answer,
    body::{BodyError, Incoming},
    key,
    limits::LINGER,
    stats::Tally,
    store::Store,
};

/// Kept with each connection: whether an answer has ended it.
///
/// actix decodes pipelined requests ahead and calls the handler for each of them,
/// also after an answer with `Connection: close`.
#[derive(Default)]
pub(crate) struct Ended(Cell<bool>);

/// What the requests of one worker share.
pub(crate) struct Worker {
    pub(crate) store: Arc<Store>,
    pub(crate) tally: Arc<Tally>,
    #[cfg(feature = "inject")]
    pub(crate) injection: Arc<crate::inject::Injection>,
}

/// Answers any request whatever, so that no router stands between the socket and
/// the contract: routers clean, decode and redirect paths.
pub(crate) async fn handle(
    worker: Rc<Worker>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let ended = request.conn_data::<Ended>();
    if ended.is_some_and(|ended| ended.0.get()) {
        return hang_up().await;
    }
    #[cfg(feature = "inject")]
    worker.injection.work().await;
    let head = request.head();
    let mut incoming = Incoming::new(&head.headers, payload.into_inner());
    let answer = answer(&worker.store, head, &mut incoming)
        .await
        .unwrap_or_else(Answer::from);
    // Before the answer is on its way, so that whoever has it finds it counted.
    worker.tally.count(answer.outcome());
    let unread = incoming.into_unread();
    let close = ends_connection(head) || answer.ends_connection() || unread.is_some();
    if let Some(ended) = ended {
        ended.0.set(close);
    }
    answer.into_response(close, unread)
}

/// Drops the connection without an answer.
///
/// A handler cannot do that, but a body that fails can, and before the head that
/// goes with it is written. The answers before it get their time to be written.
async fn hang_up() -> HttpResponse {
    struct Failing;
    impl MessageBody for Failing {
        type Error = io::Error;

        fn size(&self) -> BodySize {
            BodySize::Stream
        }

        fn poll_next(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Bytes, io::Error>>> {
            Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
        }
    }
    sleep(LINGER).await;
    HttpResponse::BadRequest().body(Failing)
}

async fn answer(
    store: &Store,
    head: &RequestHead,
    incoming: &mut Incoming,
) -> Result<Answer, BodyError> {
    // A body that nobody asked for is read all the same: unread, it would have to
    // end the connection, lest it be taken for the next request.
    match Action::of(&head.method, head.uri.path()) {
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

/// Whether the request asks for the connection to end with its answer.
///
/// So does HTTP/1.0, and so does an upgrade, which is never taken: actix would
/// promise it in a header of the answer and close the connection.
fn ends_connection(head: &RequestHead) -> bool {
    head.version != Version::HTTP_11 || head.connection_type() != ConnectionType::KeepAlive
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
    fn of(method: &Method, path: &'a str) -> Self {
        // Only `*` and the authority form have no slash: they name the empty key.
        let raw = path.strip_prefix('/').unwrap_or_default();
        let Some(key) = key::decode(raw.as_bytes()) else {
            return Self::Refuse(Answer::BadRequest);
        };
        match *method {
            Method::GET | Method::HEAD if key.is_empty() => Self::Refuse(Answer::EmptyKey),
            Method::GET | Method::HEAD => Self::Read(key),
            Method::POST if path == "/" => Self::Insert,
            _ if path == "/" => Self::Refuse(Answer::NotAllowed("GET, HEAD, POST")),
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
        let brew = Method::from_bytes(b"BREW").unwrap();
        let at_root = || Action::Refuse(Answer::NotAllowed("GET, HEAD, POST"));
        let elsewhere = || Action::Refuse(Answer::NotAllowed("GET, HEAD"));
        let table = [
            (Method::GET, "/a", read(b"a")),
            (Method::HEAD, "/a", read(b"a")),
            (Method::GET, "//", read(b"/")),
            (Method::GET, "/%2F", read(b"/")),
            (Method::GET, "/..", read(b"..")),
            (Method::GET, "/", Action::Refuse(Answer::EmptyKey)),
            (Method::HEAD, "/", Action::Refuse(Answer::EmptyKey)),
            (Method::GET, "*", Action::Refuse(Answer::EmptyKey)),
            (Method::GET, "/%zz", Action::Refuse(Answer::BadRequest)),
            (Method::DELETE, "/%zz", Action::Refuse(Answer::BadRequest)),
            (Method::POST, "/", Action::Insert),
            (Method::PUT, "/", at_root()),
            (brew.clone(), "/", at_root()),
            (Method::POST, "/a", elsewhere()),
            (Method::POST, "//", elsewhere()),
            (brew, "/a", elsewhere()),
            (Method::OPTIONS, "*", elsewhere()),
            (Method::CONNECT, "", elsewhere()),
        ];
        for (method, path, expected) in table {
            assert_eq!(Action::of(&method, path), expected, "{method} {path}");
        }
    }
}
