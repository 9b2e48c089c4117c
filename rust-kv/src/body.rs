//! Reading request bodies, never more of them than the contract allows.

use std::{future::poll_fn, pin::Pin};

use bytes::Bytes;
use futures_core::Stream;

use crate::{
    clock::timeout,
    limits::{IDLE, MAX_BODY, MAX_DROP},
};

/// Why a body could not be had.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// Longer than `MAX_BODY`.
    TooLarge,
    /// The client sent nothing for the idle time-out.
    Stalled,
    /// The client went away, or its framing is wrong.
    Broken,
}

/// A request's body, not read yet: whatever gives pieces, as each stack has its own.
pub(crate) struct Incoming<S> {
    pieces: S,
    /// How many bytes are still to come; `None` while only the chunks can tell.
    left: Option<u64>,
}

impl<S, E> Incoming<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    /// A body of `length` bytes, or of chunks. No more than that is read of `pieces`.
    pub(crate) fn new(length: Option<u64>, pieces: S) -> Self {
        Self {
            pieces,
            left: length,
        }
    }

    /// Whether it was not read to its end.
    pub(crate) fn is_unread(&self) -> bool {
        self.left != Some(0)
    }

    /// What is left of a body that was not read to its end.
    #[cfg(feature = "stack-actix")]
    pub(crate) fn into_unread(self) -> Option<S> {
        self.is_unread().then_some(self.pieces)
    }

    /// The whole body, if it is no longer than `MAX_BODY`.
    pub(crate) async fn read(&mut self) -> Result<Body, BodyError> {
        let promised = match self.left {
            Some(left) if left > MAX_BODY as u64 => {
                self.discard().await?;
                return Err(BodyError::TooLarge);
            }
            Some(left) => left as usize,
            None => 0,
        };
        let mut first = Bytes::new();
        let mut buffer = Vec::new();
        let mut length = 0;
        while let Some(chunk) = self.chunk().await? {
            length += chunk.len();
            if length > MAX_BODY {
                drop((first, buffer));
                self.drop_bytes(MAX_DROP.saturating_sub(length)).await?;
                return Err(BodyError::TooLarge);
            }
            if first.is_empty() {
                first = chunk;
                continue;
            }
            // Most bodies come in one piece. Only the others need a buffer, and if
            // their length is known they need to grow it once.
            if buffer.is_empty() {
                buffer.reserve_exact(promised.max(length));
                buffer.extend_from_slice(&first);
            }
            buffer.extend_from_slice(&chunk);
        }
        Ok(if buffer.is_empty() {
            Body::Chunk(first)
        } else {
            Body::Buffer(buffer)
        })
    }

    /// Reads and drops the body, up to what a body over the limit is read too.
    ///
    /// What is longer stays unread, and ends the connection.
    pub(crate) async fn discard(&mut self) -> Result<(), BodyError> {
        self.drop_bytes(MAX_DROP).await
    }

    async fn drop_bytes(&mut self, mut limit: usize) -> Result<(), BodyError> {
        while limit > 0 {
            match self.chunk().await? {
                Some(chunk) => limit = limit.saturating_sub(chunk.len()),
                None => break,
            }
        }
        Ok(())
    }

    /// The next piece, or `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        if self.left == Some(0) {
            return Ok(None);
        }
        let next = poll_fn(|cx| Pin::new(&mut self.pieces).poll_next(cx));
        // No stack has a time-out of its own between the head and the end of the body.
        let next = timeout(IDLE, next).await.map_err(|_| BodyError::Stalled)?;
        match (next, &mut self.left) {
            (Some(Ok(mut chunk)), Some(left)) => {
                // Only what actix takes for an upgrade can hold more.
                chunk.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= chunk.len() as u64;
                Ok(Some(chunk))
            }
            (Some(Ok(chunk)), None) => Ok(Some(chunk)),
            (None, None) => {
                self.left = Some(0);
                Ok(None)
            }
            (None, Some(_)) | (Some(Err(_)), _) => Err(BodyError::Broken),
        }
    }
}

/// A whole body.
#[derive(Debug)]
pub(crate) enum Body {
    /// In one piece, as a window on the connection's read buffer.
    Chunk(Bytes),
    /// Put together from several pieces.
    Buffer(Vec<u8>),
}

impl Body {
    /// The key before the first `=` and the value after it; `None` if there is no
    /// `=`, or nothing before it.
    pub(crate) fn into_entry(self) -> Option<(Box<[u8]>, Bytes)> {
        let bytes = match &self {
            Self::Chunk(bytes) => &bytes[..],
            Self::Buffer(bytes) => &bytes[..],
        };
        let equals = bytes.iter().position(|&byte| byte == b'=')?;
        if equals == 0 {
            return None;
        }
        let key = Box::from(&bytes[..equals]);
        let value = &bytes[equals + 1..];
        let value = match self {
            // A slice of our own buffer saves copying a large value, but keeps the
            // key's bytes in memory beside it: not worth it if they are the most of it.
            Self::Buffer(_) if value.len() < equals => Bytes::copy_from_slice(value),
            Self::Buffer(buffer) => Bytes::from(buffer.into_boxed_slice()).slice(equals + 1..),
            // A slice of the read buffer would keep 8 KiB and more in memory for as
            // long as the value lives, however short it is.
            Self::Chunk(_) => Bytes::copy_from_slice(value),
        };
        Some((key, value))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        future::Future,
        task::{Context, Poll},
    };

    use super::*;

    struct Pieces(VecDeque<Bytes>);

    impl Stream for Pieces {
        type Item = Result<Bytes, ()>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.pop_front().map(Ok))
        }
    }

    fn incoming(length: Option<usize>, pieces: &[&[u8]]) -> Incoming<Pieces> {
        let pieces = pieces.iter().map(|piece| Bytes::copy_from_slice(piece));
        Incoming::new(length.map(|length| length as u64), Pieces(pieces.collect()))
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.unwrap().block_on(future)
    }

    fn read(length: Option<usize>, pieces: &[&[u8]]) -> Result<Vec<u8>, BodyError> {
        let body = block_on(incoming(length, pieces).read())?;
        Ok(match body {
            Body::Chunk(bytes) => bytes.to_vec(),
            Body::Buffer(bytes) => bytes,
        })
    }

    #[test]
    fn joins_pieces() {
        for pieces in [&[&b"a=bcd"[..]][..], &[b"a=", b"bc", b"d"]] {
            assert_eq!(read(Some(5), pieces).unwrap(), b"a=bcd");
            assert_eq!(read(None, pieces).unwrap(), b"a=bcd");
        }
        assert_eq!(read(Some(0), &[]).unwrap(), b"");
        assert_eq!(read(None, &[]).unwrap(), b"");
    }

    #[test]
    fn the_limit_is_exact_for_both_framings() {
        let half = vec![b'x'; MAX_BODY / 2];
        for length in [Some(MAX_BODY), None] {
            assert_eq!(read(length, &[&half, &half]).unwrap().len(), MAX_BODY);
        }
        for length in [Some(MAX_BODY + 1), None] {
            assert_eq!(
                read(length, &[&half, &half, b"x"]),
                Err(BodyError::TooLarge)
            );
        }
    }

    #[test]
    fn a_promise_of_too_much_stores_nothing_and_drops_two_limits_at_most() {
        let piece = vec![b'x'; MAX_BODY / 2];
        let mut incoming = incoming(Some(usize::MAX), &[&piece[..]; 6]);
        block_on(incoming.discard()).unwrap();
        assert_eq!(incoming.left, Some((usize::MAX - 2 * MAX_BODY) as u64));
    }

    #[test]
    fn a_body_cut_short_is_broken() {
        assert_eq!(read(Some(9), &[b"a=b"]), Err(BodyError::Broken));
    }

    #[test]
    // The clock of smol can't be moved.
    #[cfg(not(feature = "stack-smol"))]
    fn a_body_that_does_not_come_is_given_up() {
        struct Silent;
        impl Stream for Silent {
            type Item = Result<Bytes, ()>;

            fn poll_next(self: Pin<&mut Self>, _: &mut Context) -> Poll<Option<Self::Item>> {
                Poll::Pending
            }
        }
        let mut incoming = Incoming::new(Some(3), Silent);
        let outcome = block_on(async {
            // The clock jumps to the next timer whenever there is nothing else to do.
            tokio::time::pause();
            incoming.read().await.map(|_| ())
        });
        assert_eq!(outcome, Err(BodyError::Stalled));
    }

    #[test]
    fn never_reads_beyond_the_content_length() {
        assert_eq!(read(Some(3), &[b"a=bGET /"]).unwrap(), b"a=b");
    }

    #[test]
    fn splits_at_the_first_equals_sign() {
        type Entry<'a> = Option<(&'a [u8], &'a [u8])>;
        let table: &[(&[u8], Entry)] = &[
            (b"a=b", Some((b"a", b"b"))),
            (b"a=", Some((b"a", b""))),
            (b"a==b=", Some((b"a", b"=b="))),
            (b"a%20b=1+1", Some((b"a%20b", b"1+1"))),
            (b"\0\xff=\0\xfe", Some((b"\0\xff", b"\0\xfe"))),
            (b"long key=v", Some((b"long key", b"v"))),
            (b"", None),
            (b"a", None),
            (b"=", None),
            (b"=b", None),
        ];
        for (body, expected) in table {
            let chunk = Body::Chunk(Bytes::copy_from_slice(body));
            for body in [chunk, Body::Buffer(body.to_vec())] {
                let entry = body.into_entry();
                let entry = entry.as_ref().map(|(key, value)| (&key[..], &value[..]));
                assert_eq!(entry, *expected);
            }
        }
    }
}
