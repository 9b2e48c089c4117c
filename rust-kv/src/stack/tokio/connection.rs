//! One connection: requests in, answers out, in order.

use std::{future::Future, io, pin::Pin};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    answer::write_head,
    head::{Head, Malformed},
    pieces::Pieces,
};
use crate::{
    answer::{Answer, Reply},
    body::Incoming,
    limits::IDLE,
    stack::threads::Stop,
    tcp::linger,
};

/// As much as can come with one read, at least.
pub(super) const ROOM: usize = 8 << 10;

/// As much as is kept of answers to pipelined requests before it is sent, and as long
/// as a body can be that is copied behind its head.
const BATCH: usize = 32 << 10;

pub(super) struct Connection {
    stream: TcpStream,
    /// What has come and is not taken.
    input: BytesMut,
    /// Answers that are not sent.
    output: Vec<u8>,
    stop: Stop,
    /// The same, being waited for.
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Whether the last answer has been given.
    ended: bool,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, stop: Stop) -> Self {
        Self {
            stream,
            input: BytesMut::with_capacity(2 * ROOM),
            output: Vec::new(),
            stopped: Box::pin(stop.clone().comes()),
            stop,
            ended: false,
        }
    }

    /// The next request, without its body; `None` when there is none, or none that is
    /// to be answered.
    pub(super) async fn next(&mut self) -> io::Result<Option<Head>> {
        while !self.ended {
            match Head::take(&mut self.input) {
                Ok(Some(head)) => return Ok(Some(head)),
                Ok(None) => {
                    // Answers to what came with one read go out with one write.
                    self.flush().await?;
                    self.ended = !self.read().await?;
                }
                Err(Malformed) => {
                    self.ended = true;
                    let reply = Answer::BadRequest.into_reply(true);
                    write_head(&mut self.output, &reply, true);
                    self.output.extend_from_slice(&reply.body);
                }
            }
        }
        Ok(None)
    }

    /// Reads something; `false` if there is no more.
    async fn read(&mut self) -> io::Result<bool> {
        self.input.reserve(ROOM);
        // What has begun to come is under way.
        let is_idle = self.input.is_empty();
        tokio::select! {
            biased;
            read = timeout(IDLE, self.stream.read_buf(&mut self.input)) => Ok(read?? > 0),
            () = &mut self.stopped, if is_idle => Ok(false),
        }
    }

    /// The body of a request, to be read before it is answered.
    pub(super) async fn body(&mut self, head: &Head) -> io::Result<Incoming<Pieces<'_>>> {
        let is_here = head
            .length
            .is_some_and(|length| length <= self.input.len() as u64);
        if !is_here {
            if head.expects_continue && head.is_1_1 {
                self.output
                    .extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            }
            // The client may wait for an answer before it goes on.
            self.flush().await?;
        }
        let pieces = Pieces::new(head.length, &self.stream, &mut self.input);
        Ok(Incoming::new(head.length, pieces))
    }

    /// Answers a request.
    pub(super) async fn answer(&mut self, head: &Head, reply: Reply) -> io::Result<()> {
        self.ended = reply.close || head.close || self.stop.has_come();
        write_head(&mut self.output, &reply, self.ended && head.is_1_1);
        if head.method == "HEAD" {
            return Ok(());
        }
        if reply.body.len() > BATCH {
            let mut both = Buf::chain(self.output.as_slice(), reply.body);
            self.stream.write_all_buf(&mut both).await?;
            self.output.clear();
            return Ok(());
        }
        self.output.extend_from_slice(&reply.body);
        if self.output.len() > BATCH {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        Ok(())
    }

    /// Sends what is left, and ends.
    pub(super) async fn end(mut self) -> io::Result<()> {
        self.flush().await?;
        linger(self.stream, &mut [0; 4096]).await
    }
}
