//! Where a body ends, and the pieces in which it comes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use futures_core::Stream;
use httparse::Status;
use tokio::net::TcpStream;

use super::{connection::ROOM, head::Malformed};
use crate::limits::MAX_HEAD;

/// A body that is being read.
pub(super) struct Pieces<'a> {
    stream: &'a TcpStream,
    input: &'a mut BytesMut,
    place: Place,
}

/// Where in a body the front of the input is.
enum Place {
    /// So far from its end.
    Plain(u64),
    /// At the line before a chunk.
    Size,
    /// So far from the end of a chunk.
    Chunk(u64),
    /// After the last chunk.
    Trailers,
}

impl<'a> Pieces<'a> {
    /// A body of `length`, or of chunks.
    pub(super) fn new(length: Option<u64>, stream: &'a TcpStream, input: &'a mut BytesMut) -> Self {
        Self {
            stream,
            input,
            place: length.map_or(Place::Size, Place::Plain),
        }
    }
}

impl Stream for Pieces<'_> {
    type Item = Result<Bytes, Malformed>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self {
            stream,
            input,
            place,
        } = &mut *self;
        loop {
            if let Poll::Ready(piece) = place.take(input) {
                return Poll::Ready(piece);
            }
            let ready = ready!(stream.poll_read_ready(cx));
            input.reserve(ROOM);
            match ready.and_then(|()| stream.try_read_buf(input)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(1..) => {}
                Ok(0) | Err(_) => return Poll::Ready(Some(Err(Malformed))),
            }
        }
    }
}

impl Place {
    /// Takes the next piece off the front of `input`, if it is there.
    fn take(&mut self, input: &mut BytesMut) -> Poll<Option<Result<Bytes, Malformed>>> {
        loop {
            *self = match self {
                Self::Plain(0) => return Poll::Ready(None),
                Self::Plain(left @ 1..) | Self::Chunk(left @ 1..) => {
                    if input.is_empty() {
                        return Poll::Pending;
                    }
                    let length =
                        usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
                    *left -= length as u64;
                    return Poll::Ready(Some(Ok(input.split_to(length).freeze())));
                }
                Self::Chunk(0) => match input.get(..2) {
                    Some(b"\r\n") => {
                        input.advance(2);
                        Self::Size
                    }
                    Some(_) => return Poll::Ready(Some(Err(Malformed))),
                    None => return Poll::Pending,
                },
                Self::Size => match parse_size(input) {
                    Some(Status::Complete((line, size))) => {
                        input.advance(line);
                        if size == 0 {
                            Self::Trailers
                        } else {
                            Self::Chunk(size)
                        }
                    }
                    Some(Status::Partial) if input.len() < MAX_HEAD => return Poll::Pending,
                    _ => return Poll::Ready(Some(Err(Malformed))),
                },
                Self::Trailers => match input.iter().position(|&byte| byte == b'\n') {
                    Some(end) => {
                        let is_last = input[..end].trim_ascii().is_empty();
                        input.advance(end + 1);
                        if is_last {
                            Self::Plain(0)
                        } else {
                            Self::Trailers
                        }
                    }
                    None if input.len() < MAX_HEAD => return Poll::Pending,
                    None => return Poll::Ready(Some(Err(Malformed))),
                },
            };
        }
    }
}

/// How long the line before a chunk is, and the chunk.
fn parse_size(input: &[u8]) -> Option<Status<(usize, u64)>> {
    // A line without digits is 0 to httparse.
    if input.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) {
        return None;
    }
    httparse::parse_chunk_size(input).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole body and what is behind it, whatever pieces it comes in.
    fn read(mut place: Place, text: &[u8], size: usize) -> Result<(Vec<u8>, Vec<u8>), Malformed> {
        let mut input = BytesMut::new();
        let mut body = Vec::new();
        let mut pieces = text.chunks(size);
        loop {
            match place.take(&mut input) {
                Poll::Ready(Some(piece)) => body.extend_from_slice(&piece?),
                Poll::Ready(None) => {
                    input.extend(pieces.flatten());
                    return Ok((body, input.to_vec()));
                }
                Poll::Pending => input.extend_from_slice(pieces.next().ok_or(Malformed)?),
            }
        }
    }

    #[test]
    fn a_body_ends_where_its_framing_says() {
        let chunked = |text: &str| format!("{text}rest").into_bytes();
        for size in [1, 2, 3, 1000] {
            assert_eq!(
                read(Place::Plain(3), b"a=brest", size),
                Ok((b"a=b".to_vec(), b"rest".to_vec()))
            );
            for text in [
                "3\r\na=b\r\n0\r\n\r\n",
                "001;x=y\r\na\r\n2 \r\n=b\r\n00\r\nTrailer: x\r\n\r\n",
            ] {
                assert_eq!(
                    read(Place::Size, &chunked(text), size),
                    Ok((b"a=b".to_vec(), b"rest".to_vec())),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn broken_chunks_are_told() {
        for text in [
            "zz\r\n",
            "\r\n",
            ";x\r\n",
            "-1\r\n",
            "3\r\na=bc\r\n",
            "3\r\na=b",
            "11111111111111111\r\n",
        ] {
            assert_eq!(
                read(Place::Size, text.as_bytes(), 1),
                Err(Malformed),
                "{text}"
            );
        }
        let long = [b"1;".to_vec(), vec![b'x'; MAX_HEAD]].concat();
        assert_eq!(read(Place::Size, &long, 1000), Err(Malformed));
    }
}
