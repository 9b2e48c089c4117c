//! Reads an answer as it comes in, piece by piece, in bounded memory whatever is sent.

use std::mem::MaybeUninit;

/// As undici has it.
const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 256;
/// A chunk's size with its extensions.
const MAX_CHUNK_LINE_BYTES: usize = 4096;
/// A buffer that has grown larger is not kept for the next answer.
const KEPT_BUFFER_BYTES: usize = 1024 * 1024;

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Fault {
    /// It is not HTTP as it should be.
    Malformed(&'static str),
    /// The body is longer than anybody wants to read.
    TooLong,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    More,
    /// The answer is whole; so many bytes came after it.
    Done {
        left: usize,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Fixed(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    UntilClose,
}

/// The answer to one request after the other.
pub struct Answer {
    state: State,
    pub status: u16,
    /// Whether the connection may carry another request.
    pub keep_alive: bool,
    /// The body so far, unless nobody wants it.
    pub body: Vec<u8>,
    /// Whether any byte of it has come.
    pub is_begun: bool,
    without_body: bool,
    /// How much of a body is kept; none: any body will do.
    limit: Option<usize>,
    /// The part of a line or head that is not whole yet.
    pending: Vec<u8>,
}

impl Default for Answer {
    fn default() -> Answer {
        Answer {
            state: State::Head,
            status: 0,
            keep_alive: true,
            body: Vec::new(),
            is_begun: false,
            without_body: false,
            limit: None,
            pending: Vec::new(),
        }
    }
}

impl Answer {
    /// Another request is sent: to a HEAD no body is answered, and of others so much is kept.
    pub fn begin(&mut self, is_head: bool, limit: Option<usize>) {
        for buffer in [&mut self.body, &mut self.pending] {
            buffer.clear();
            if buffer.capacity() > KEPT_BUFFER_BYTES {
                buffer.shrink_to(KEPT_BUFFER_BYTES);
            }
        }
        self.state = State::Head;
        self.is_begun = false;
        self.without_body = is_head;
        self.limit = limit;
    }

    /// Takes what came in next.
    pub fn feed(&mut self, mut data: &[u8]) -> Result<Progress, Fault> {
        self.is_begun |= !data.is_empty();
        loop {
            match self.state {
                State::Head => {
                    let Some(head) = self.head(&mut data)? else {
                        return Ok(Progress::More);
                    };
                    match head {
                        None => return Ok(Progress::Done { left: data.len() }),
                        Some(next) => self.state = next,
                    }
                }
                State::Fixed(left) => {
                    let left = self.take(&mut data, left)?;
                    if left == 0 {
                        return Ok(Progress::Done { left: data.len() });
                    }
                    self.state = State::Fixed(left);
                    return Ok(Progress::More);
                }
                State::ChunkSize => {
                    let line = self.line(&mut data, MAX_CHUNK_LINE_BYTES, |line| {
                        match httparse::parse_chunk_size(line) {
                            Ok(httparse::Status::Complete((_, size))) => Ok(size),
                            _ => Err(Fault::Malformed("a chunk's size is none")),
                        }
                    })?;
                    let Some(size) = line else {
                        return Ok(Progress::More);
                    };
                    self.state = if size == 0 {
                        State::Trailers
                    } else {
                        State::Chunk(size)
                    };
                }
                State::Chunk(left) => {
                    let left = self.take(&mut data, left)?;
                    if left > 0 {
                        self.state = State::Chunk(left);
                        return Ok(Progress::More);
                    }
                    self.state = State::ChunkEnd;
                }
                State::ChunkEnd => {
                    let line = self.line(&mut data, 2, |line| match line {
                        b"\r\n" => Ok(()),
                        _ => Err(Fault::Malformed("a chunk is longer than its size")),
                    })?;
                    if line.is_none() {
                        return Ok(Progress::More);
                    }
                    self.state = State::ChunkSize;
                }
                State::Trailers => {
                    let line = self.line(&mut data, MAX_HEAD_BYTES, |line| {
                        Ok(matches!(line, b"\r\n" | b"\n"))
                    })?;
                    match line {
                        None => return Ok(Progress::More),
                        Some(true) => return Ok(Progress::Done { left: data.len() }),
                        Some(false) => {}
                    }
                }
                State::UntilClose => {
                    self.take(&mut data, u64::MAX)?;
                    return Ok(Progress::More);
                }
            }
        }
    }

    /// Whether the end of the connection is the end of the answer, too.
    pub fn ends_with_connection(&self) -> bool {
        self.state == State::UntilClose
    }

    /// Reads the head, interim answers aside; gives what comes after it, `None` if nothing does.
    fn head(&mut self, data: &mut &[u8]) -> Result<Option<Option<State>>, Fault> {
        loop {
            if data.is_empty() {
                return Ok(None);
            }
            // Mostly all of it is there, and need not be copied.
            let (status, next, used) = if self.pending.is_empty() && head_end(data, 0).is_some() {
                let end = head_end(data, 0).unwrap_or(0);
                let (status, next) = self.parse_head(&data[..end])?;
                (status, next, end)
            } else {
                let before = self.pending.len();
                let room = MAX_HEAD_BYTES + 1 - before.min(MAX_HEAD_BYTES);
                let taken = data.len().min(room);
                let mut pending = std::mem::take(&mut self.pending);
                pending.extend_from_slice(&data[..taken]);
                let Some(end) = head_end(&pending, before.saturating_sub(3)) else {
                    // Line breaks before it are let pass, as httparse does.
                    let begun = pending.trim_ascii_start();
                    let is_http = b"HTTP/1.".starts_with(&begun[..begun.len().min(7)]);
                    if pending.len() > MAX_HEAD_BYTES {
                        return Err(Fault::Malformed("the head of the answer is too long"));
                    }
                    self.pending = pending;
                    *data = &data[taken..];
                    if !is_http {
                        return Err(Fault::Malformed("the answer is not HTTP/1"));
                    }
                    return Ok(None);
                };
                let parsed = self.parse_head(&pending[..end]);
                pending.clear();
                self.pending = pending;
                let (status, next) = parsed?;
                (status, next, end - before)
            };
            *data = &data[used..];
            // Interim answers are not the answer.
            if status >= 200 {
                self.status = status;
                return Ok(Some(next));
            }
        }
    }

    fn parse_head(&mut self, head: &[u8]) -> Result<(u16, Option<State>), Fault> {
        if head.len() > MAX_HEAD_BYTES {
            return Err(Fault::Malformed("the head of the answer is too long"));
        }
        let mut headers = [MaybeUninit::uninit(); MAX_HEADERS];
        let mut response = httparse::Response::new(&mut []);
        let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            head,
            &mut headers,
        );
        if !matches!(parsed, Ok(httparse::Status::Complete(_))) {
            return Err(Fault::Malformed("the head of the answer is malformed"));
        }
        let status = response.code.unwrap_or(0);
        if status == 101 {
            return Err(Fault::Malformed("the server changes the protocol"));
        }
        let mut length = None;
        let mut chunked = None;
        let mut keep_alive = response.version == Some(1);
        for header in response.headers.iter() {
            let value = header.value.trim_ascii();
            if header.name.eq_ignore_ascii_case("content-length") {
                let digits = std::str::from_utf8(value)
                    .ok()
                    .filter(|text| !text.starts_with('+'));
                let size: Option<u64> = digits.and_then(|text| text.parse().ok());
                if size.is_none() || (length.is_some() && length != size) {
                    return Err(Fault::Malformed("the answer's length is none"));
                }
                length = size;
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                chunked = Some(has_token(value, b"chunked"));
            } else if header.name.eq_ignore_ascii_case("connection") {
                if has_token(value, b"close") {
                    keep_alive = false;
                } else if has_token(value, b"keep-alive") {
                    keep_alive = true;
                }
            }
        }
        if length.is_some() && chunked.is_some() {
            return Err(Fault::Malformed("the answer has a length and is chunked"));
        }
        self.keep_alive = keep_alive;
        if self.without_body || matches!(status, 204 | 304) || length == Some(0) {
            return Ok((status, None));
        }
        let next = match (chunked, length) {
            (Some(true), _) => State::ChunkSize,
            (None, Some(length)) => State::Fixed(length),
            _ => {
                if status >= 200 {
                    self.keep_alive = false;
                }
                State::UntilClose
            }
        };
        Ok((status, Some(next)))
    }

    /// Takes up to `left` bytes of the body; gives how many are missing then.
    fn take(&mut self, data: &mut &[u8], left: u64) -> Result<u64, Fault> {
        let count = data.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(limit) = self.limit {
            if self.body.len() + count > limit {
                return Err(Fault::TooLong);
            }
            self.body.extend_from_slice(&data[..count]);
        }
        *data = &data[count..];
        Ok(left - count as u64)
    }

    /// Reads a line with its end; `None` while it is not whole.
    fn line<T>(
        &mut self,
        data: &mut &[u8],
        max_bytes: usize,
        read: impl FnOnce(&[u8]) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let end = memchr::memchr(b'\n', data).map(|at| at + 1);
        let taken = end.unwrap_or(data.len());
        if self.pending.len() + taken > max_bytes {
            return Err(Fault::Malformed("a line of the answer is too long"));
        }
        self.pending.extend_from_slice(&data[..taken]);
        *data = &data[taken..];
        if end.is_none() {
            return Ok(None);
        }
        let value = read(&self.pending)?;
        self.pending.clear();
        Ok(Some(value))
    }
}

/// Where the empty line ends that ends a head, looked for from there on.
fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr_iter(b'\n', &bytes[from..]).find_map(|at| {
        let next = &bytes[from + at + 1..];
        if next.starts_with(b"\r\n") {
            Some(from + at + 3)
        } else if next.starts_with(b"\n") {
            Some(from + at + 2)
        } else {
            None
        }
    })
}

fn has_token(value: &[u8], token: &[u8]) -> bool {
    value
        .split(|byte| *byte == b',')
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests;
