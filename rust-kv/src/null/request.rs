//! From bytes to requests: as much of HTTP/1.1 as it takes to get framing right.

use crate::limits::{MAX_BODY, MAX_NULL_HEAD};

/// A request, without what does not matter to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Whether the connection ends with the answer.
    pub(super) close: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
}

/// What is not a request, or not one that is answered: the connection cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The requests of one connection, as far as they have come.
#[derive(Default)]
pub(super) struct Requests {
    /// A request whose body is still coming, and how much of it.
    begun: Option<(Request, usize)>,
}

impl Requests {
    /// Takes the next request off the front of `input`; `None` until all of it is there.
    ///
    /// A body is dropped as it comes. A head that is not complete stays in `input`,
    /// and has to be there again with what follows it.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Request>, Malformed> {
        let begun = match self.begun.take() {
            None => take_head(input)?,
            begun => begun,
        };
        let Some((request, body)) = begun else {
            return Ok(None);
        };
        let here = body.min(input.len());
        *input = &input[here..];
        if here < body {
            self.begun = Some((request, body - here));
            return Ok(None);
        }
        Ok(Some(request))
    }

    /// Whether a body is still coming.
    pub(super) fn in_body(&self) -> bool {
        self.begun.is_some()
    }
}

/// Takes a head off the front of `input` if it is complete: the request, and how
/// long its body is.
fn take_head(input: &mut &[u8]) -> Result<Option<(Request, usize)>, Malformed> {
    let mut rest = *input;
    match parse_head(&mut rest)? {
        None if input.len() >= MAX_NULL_HEAD => Err(Malformed),
        None => Ok(None),
        head => {
            *input = rest;
            Ok(head)
        }
    }
}

fn parse_head(rest: &mut &[u8]) -> Result<Option<(Request, usize)>, Malformed> {
    let Some(line) = take_line(rest)? else {
        return Ok(None);
    };
    let method = parse_request_line(line)?;
    let mut close = false;
    let mut length = None;
    loop {
        let Some(line) = take_line(rest)? else {
            return Ok(None);
        };
        if line.is_empty() {
            break;
        }
        let (name, value) = parse_header(line)?;
        if name.eq_ignore_ascii_case(b"content-length") {
            if length.replace(parse_length(value)?).is_some() {
                return Err(Malformed);
            }
        } else if name.eq_ignore_ascii_case(b"connection") {
            let mut options = value.split(|&byte| byte == b',');
            close |= options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"));
        } else if name.eq_ignore_ascii_case(b"transfer-encoding")
            || name.eq_ignore_ascii_case(b"expect")
        {
            return Err(Malformed);
        }
    }
    Ok(Some((Request { method, close }, length.unwrap_or(0))))
}

/// Takes a line off the front of `rest` if it is complete, without its end.
fn take_line<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, Malformed> {
    let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
        return Ok(None);
    };
    let line = rest[..end].strip_suffix(b"\r").ok_or(Malformed)?;
    *rest = &rest[end + 1..];
    Ok(Some(line))
}

fn parse_request_line(line: &[u8]) -> Result<Method, Malformed> {
    let target = line.strip_suffix(b" HTTP/1.1").ok_or(Malformed)?;
    let (method, target) = if let Some(target) = target.strip_prefix(b"GET ") {
        (Method::Get, target)
    } else if let Some(target) = target.strip_prefix(b"POST ") {
        (Method::Post, target)
    } else if let Some(target) = target.strip_prefix(b"HEAD ") {
        (Method::Head, target)
    } else {
        return Err(Malformed);
    };
    if target.is_empty() || !target.iter().all(u8::is_ascii_graphic) {
        return Err(Malformed);
    }
    Ok(method)
}

/// The name and the value. Space around the name is refused, and with it a value
/// that goes on in a second line.
fn parse_header(line: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let colon = line.iter().position(|&byte| byte == b':');
    let (name, value) = line.split_at(colon.ok_or(Malformed)?);
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return Err(Malformed);
    }
    Ok((name, value[1..].trim_ascii()))
}

fn parse_length(digits: &[u8]) -> Result<usize, Malformed> {
    if digits.is_empty() {
        return Err(Malformed);
    }
    digits.iter().try_fold(0, |length, digit| {
        if !digit.is_ascii_digit() {
            return Err(Malformed);
        }
        match length * 10 + usize::from(digit - b'0') {
            length @ 0..=MAX_BODY => Ok(length),
            _ => Err(Malformed),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: Request = Request {
        method: Method::Get,
        close: false,
    };
    const HEAD: Request = Request {
        method: Method::Head,
        close: false,
    };
    const POST: Request = Request {
        method: Method::Post,
        close: false,
    };

    fn closing(request: Request) -> Request {
        Request {
            close: true,
            ..request
        }
    }

    /// What comes of a stream that is read in these pieces: its requests, and how it
    /// ends.
    fn requests(pieces: &[&[u8]]) -> (Vec<Request>, Result<(), Malformed>) {
        let mut requests = Requests::default();
        let mut found = Vec::new();
        let mut held = Vec::new();
        for piece in pieces {
            held.extend_from_slice(piece);
            let mut input = &held[..];
            loop {
                match requests.next(&mut input) {
                    Ok(Some(request)) => found.push(request),
                    Ok(None) => break,
                    Err(malformed) => return (found, Err(malformed)),
                }
            }
            held = input.to_vec();
        }
        (found, Ok(()))
    }

    /// Also split in two at every point, and byte by byte.
    fn requests_however_split(stream: &[u8]) -> (Vec<Request>, Result<(), Malformed>) {
        let whole = requests(&[stream]);
        for point in 0..=stream.len() {
            let (first, second) = stream.split_at(point);
            assert_eq!(requests(&[first, second]), whole, "split at {point}");
        }
        let bytes: Vec<_> = stream.chunks(1).collect();
        assert_eq!(requests(&bytes), whole, "byte by byte");
        whole
    }

    #[test]
    fn streams_become_requests_however_they_are_split() {
        let table: &[(&[u8], &[Request])] = &[
            (b"", &[]),
            (b"GET /k HTTP/1.1\r\nHost: h\r\n", &[]),
            (b"GET /k HTTP/1.1\r\n\r\n", &[GET]),
            (b"GET /k HTTP/1.1\r\nHost: h\r\n\r\n", &[GET]),
            (b"GET http://h/%zz?a HTTP/1.1\r\n\r\n", &[GET]),
            (b"HEAD * HTTP/1.1\r\nx:\r\ny: :\r\n\r\n", &[HEAD]),
            (b"POST / HTTP/1.1\r\n\r\n", &[POST]),
            (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nk=", &[]),
            (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nk=v", &[POST]),
            (
                b"POST / HTTP/1.1\r\ncontent-LENGTH:003 \t\r\n\r\n\r\n\r",
                &[POST],
            ),
            (
                b"GET /k HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n12\
                  POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n\
                  HEAD / HTTP/1.1\r\n\r\n\
                  GET /k HTTP/1.1\r\nHost: h\r\n\r\n\
                  GET /k HT",
                &[GET, POST, HEAD, GET],
            ),
            (
                b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n\
                  GET / HTTP/1.1\r\nconnection:x , CLOSE\r\nConnection: keep-alive\r\n\r\n\
                  GET / HTTP/1.1\r\nConnection: keep-alive, closed\r\n\r\n",
                &[closing(GET), closing(GET), GET],
            ),
        ];
        for (stream, expected) in table {
            let found = requests_however_split(stream);
            assert_eq!(
                found,
                (expected.to_vec(), Ok(())),
                "{}",
                stream.escape_ascii()
            );
        }
    }

    #[test]
    fn what_is_not_answered_ends_the_stream_however_it_is_split() {
        let lines: &[&[u8]] = &[
            b"",
            b"GET",
            b"GET /",
            b"GET  HTTP/1.1",
            b"GET / HTTP/1.0",
            b"GET / HTTP/1.1 ",
            b"GET  / HTTP/1.1",
            b"GET / / HTTP/1.1",
            b"get / HTTP/1.1",
            b" GET / HTTP/1.1",
            b"PUT / HTTP/1.1",
            b"GET /\xff HTTP/1.1",
            b"GET / HTTP/1.1\n",
            b"\x16\x03\x01",
        ];
        let headers: &[&[u8]] = &[
            b"no colon",
            b": no name",
            b" folded: x",
            b"space : x",
            b"Content-Length:",
            b"Content-Length: -1",
            b"Content-Length: +1",
            b"Content-Length: 1 1",
            b"Content-Length: 0x1",
            b"Content-Length: 1048577",
            b"Content-Length: 99999999999999999999999",
            b"Content-Length: 1\r\nContent-Length: 1",
            b"Transfer-Encoding: chunked",
            b"Expect: 100-continue",
            b"bare: line feed\n",
        ];
        let good = b"GET / HTTP/1.1\r\n\r\n";
        let of_lines = lines.iter().map(|line| [line, &b"\r\n\r\n"[..]].concat());
        let of_headers = headers
            .iter()
            .map(|header| [b"POST / HTTP/1.1\r\n", *header, b"\r\n\r\n"].concat());
        for bad in of_lines.chain(of_headers) {
            let stream = [good, &bad[..], good].concat();
            let found = requests_however_split(&stream);
            assert_eq!(found, (vec![GET], Err(Malformed)), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn limits_are_exact() {
        let head = |length: usize| {
            let mut head = b"GET / HTTP/1.1\r\nx: ".to_vec();
            head.resize(length - 4, b'x');
            head.extend_from_slice(b"\r\n\r\n");
            head
        };
        assert_eq!(requests(&[&head(MAX_NULL_HEAD)]), (vec![GET], Ok(())));
        let long = head(MAX_NULL_HEAD + 1);
        assert_eq!(
            requests(&[&long[..MAX_NULL_HEAD]]),
            (vec![], Err(Malformed))
        );

        let head = format!("POST / HTTP/1.1\r\nContent-Length: {MAX_BODY}\r\n\r\n");
        let body = vec![b'x'; MAX_BODY];
        let pieces = [
            head.as_bytes(),
            &body[1..],
            &b"xHEAD / HTTP/1.1\r\n\r\n"[..],
        ];
        assert_eq!(requests(&pieces[..2]), (vec![], Ok(())));
        assert_eq!(requests(&pieces), (vec![POST, HEAD], Ok(())));
    }
}
