//! One connection of the null target, and every answer that it can give.

use std::{
    future::Future,
    io::{self, IoSlice},
    net,
    pin::pin,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::request::{Malformed, Method, Request, Requests};
use crate::{
    limits::MAX_NULL_HEAD,
    stats::{Outcome, Stats},
    tcp::linger,
};

/// Any date will do, as long as it takes the bytes of one.
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// The answers, written out ahead: those that keep the connection, and those that
/// end it.
pub(super) struct Answers {
    value_bytes: usize,
    values: [Vec<u8>; 2],
    inserted: [Vec<u8>; 2],
    malformed: Vec<u8>,
}

impl Answers {
    /// Values have `value_bytes` bytes.
    pub(super) fn new(value_bytes: usize) -> Self {
        let value = vec![b'x'; value_bytes];
        let both = |body: &[u8]| [false, true].map(|close| answer("200 OK", close, body));
        Self {
            value_bytes,
            values: both(&value),
            inserted: both(b"Key inserted"),
            malformed: answer("400 Bad Request", true, b"400 Bad Request"),
        }
    }

    fn to(&self, request: Request) -> (&[u8], Outcome) {
        let close = usize::from(request.close);
        let value = &self.values[close][..];
        match request.method {
            Method::Get => (value, Outcome::Hit),
            Method::Head => (&value[..value.len() - self.value_bytes], Outcome::Hit),
            Method::Post => (&self.inserted[close], Outcome::Inserted),
        }
    }
}

/// An answer in the bytes that actix would write.
fn answer(status: &str, close: bool, body: &[u8]) -> Vec<u8> {
    let connection = if close { "connection: close\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{connection}\
         content-type: text/plain; charset=utf-8\r\ndate: {DATE}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Answers requests until the client is done or `stop` ends; then what is under way
/// is still answered.
pub(super) async fn serve(
    stream: net::TcpStream,
    answers: &Answers,
    stats: &Stats,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut stream = TcpStream::from_std(stream)?;
    let mut stop = pin!(stop);
    let mut stopping = false;
    let mut requests = Requests::default();
    let mut batch = Vec::new();
    // Starts with what is `held` of an unfinished head.
    let mut buffer = vec![0; MAX_NULL_HEAD];
    let mut held = 0;
    loop {
        let read = tokio::select! {
            biased;
            read = stream.read(&mut buffer[held..]) => read?,
            () = &mut stop, if !stopping => {
                if held == 0 && !requests.in_body() {
                    return Ok(());
                }
                stopping = true;
                continue;
            }
        };
        if read == 0 {
            return Ok(());
        }
        let filled = held + read;
        let mut input = &buffer[..filled];
        let mut close = false;
        while !close {
            let (answer, outcome) = match requests.next(&mut input) {
                Ok(None) => break,
                Ok(Some(mut request)) => {
                    request.close |= stopping;
                    close = request.close;
                    answers.to(request)
                }
                Err(Malformed) => {
                    close = true;
                    (&answers.malformed[..], Outcome::Other)
                }
            };
            stats.count(outcome);
            batch.push(IoSlice::new(answer));
        }
        held = input.len();
        write_all(&mut stream, &mut batch).await?;
        batch.clear();
        if close {
            return linger(stream, &mut buffer).await;
        }
        buffer.copy_within(filled - held..filled, 0);
    }
}

/// Writes all of it, in one go if the socket takes it.
async fn write_all(stream: &mut TcpStream, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !slices.is_empty() {
        match stream.write_vectored(slices).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut slices, written),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_written_as_actix_writes_them() {
        let answers = Answers::new(3);
        let text = |method, close| {
            let (answer, _) = answers.to(Request { method, close });
            str::from_utf8(answer).unwrap()
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\
                    content-type: text/plain; charset=utf-8\r\n\
                    date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
        assert_eq!(text(Method::Head, false), head);
        assert_eq!(text(Method::Get, false), format!("{head}xxx"));
        let inserted = head.replace("length: 3", "length: 12") + "Key inserted";
        assert_eq!(text(Method::Post, false), inserted);
        let closing = inserted.replace("12\r\n", "12\r\nconnection: close\r\n");
        assert_eq!(text(Method::Post, true), closing);
    }
}
