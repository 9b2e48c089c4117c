//! The sockets of hyper's stacks: TCP streams that keep the contract's promises about
//! connections.
//!
//! hyper's own time-out is for heads alone and `axum::serve` cannot set it, and both
//! close a connection at once, which takes the last answer from a client that is still
//! sending.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{
    clock::Alarm,
    limits::{IDLE, LINGER},
};

/// A connection that fails when nothing has come or gone for a while, and lingers
/// when it ends.
pub(super) struct Socket<S> {
    stream: S,
    patience: Alarm,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Busy,
    /// For something to read, until there is no more patience.
    Waiting,
    /// All is written, and what still comes is dropped.
    Ending,
}

impl<S> Socket<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            patience: Alarm::after(IDLE),
            state: State::Waiting,
        }
    }

    /// Starts the wait anew with what has been written: hyper may have begun it, to see
    /// a client go away, before it answered.
    fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() && self.state == State::Waiting {
            self.patience.reset(IDLE);
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            self.state = State::Busy;
            return Poll::Ready(read);
        }
        if self.state == State::Busy {
            self.state = State::Waiting;
            self.patience.reset(IDLE);
        }
        ready!(self.patience.poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Ends what is written, and waits a moment for the client to have read it.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.state != State::Ending {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.state = State::Ending;
            self.patience.reset(LINGER);
        }
        // Looked at first: a client that never stops sending would leave no time for it.
        if self.patience.poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut dropped = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut dropped);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
