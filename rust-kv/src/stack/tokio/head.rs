//! What a request is: its first line, and the few headers that matter.

use std::mem::MaybeUninit;

use bytes::{Bytes, BytesMut};
use httparse::{Header, Status};

use crate::limits::MAX_HEAD;

/// As many headers as actix-web takes.
const MAX_HEADERS: usize = 96;

/// The head of a request, without what does not matter to its answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Empty if it is one that is never allowed.
    pub(super) method: &'static str,
    /// Without scheme, host and query, and otherwise as it came.
    pub(super) path: Bytes,
    /// How long the body is; `None` if its chunks tell.
    pub(super) length: Option<u64>,
    pub(super) expects_continue: bool,
    pub(super) is_1_1: bool,
    /// Whether the connection ends with the answer.
    pub(super) close: bool,
}

/// What is not a request, or not the rest of one: the connection can't go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl Head {
    /// Takes a head off the front of `input`; `None` until all of it is there.
    pub(super) fn take(input: &mut BytesMut) -> Result<Option<Self>, Malformed> {
        let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut []);
        let parsed = request.parse_with_uninit_headers(input, &mut headers);
        let end = match parsed.map_err(|_| Malformed)? {
            Status::Complete(end) => end,
            Status::Partial if input.len() < MAX_HEAD => return Ok(None),
            Status::Partial => return Err(Malformed),
        };
        let is_1_1 = request.version == Some(1);
        let mut head = Self {
            method: match request.method {
                Some("GET") => "GET",
                Some("HEAD") => "HEAD",
                Some("POST") => "POST",
                _ => "",
            },
            path: Bytes::new(),
            length: Some(0),
            expects_continue: false,
            is_1_1,
            close: !is_1_1,
        };
        head.look_at(request.headers)?;
        // Kept as a window on what was read, and not copied.
        let path = path(request.path.unwrap_or_default().as_bytes());
        let start = path.as_ptr().addr() - input.as_ptr().addr();
        let place = start..start + path.len();
        head.path = input.split_to(end).freeze().slice(place);
        Ok(Some(head))
    }

    fn look_at(&mut self, headers: &[Header<'_>]) -> Result<(), Malformed> {
        let mut length = None;
        let mut is_chunked = false;
        for Header { name, value } in headers {
            let value = value.trim_ascii();
            if name.eq_ignore_ascii_case("content-length") {
                let this = parse_length(value)?;
                if length.replace(this).is_some_and(|other| other != this) {
                    return Err(Malformed);
                }
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                if is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Malformed);
                }
                is_chunked = true;
            } else if name.eq_ignore_ascii_case("connection") {
                let mut options = value.split(|&byte| byte == b',');
                self.close |= options.any(|option| is(option.trim_ascii(), "close"));
            } else if name.eq_ignore_ascii_case("expect") {
                self.expects_continue = is(value, "100-continue");
            }
        }
        // Of two framings one is a trap, and HTTP/1.0 has no chunks.
        if is_chunked && (length.is_some() || !self.is_1_1) {
            return Err(Malformed);
        }
        self.length = if is_chunked {
            None
        } else {
            Some(length.unwrap_or(0))
        };
        Ok(())
    }
}

fn is(value: &[u8], name: &str) -> bool {
    value.eq_ignore_ascii_case(name.as_bytes())
}

fn parse_length(value: &[u8]) -> Result<u64, Malformed> {
    // A number may have a sign in Rust, a length may not.
    if !value.iter().all(u8::is_ascii_digit) {
        return Err(Malformed);
    }
    let text = str::from_utf8(value).map_err(|_| Malformed)?;
    text.parse().map_err(|_| Malformed)
}

/// The path of a target.
fn path(target: &[u8]) -> &[u8] {
    let end = target.iter().position(|&byte| byte == b'?');
    let target = &target[..end.unwrap_or(target.len())];
    if target.starts_with(b"/") {
        return target;
    }
    // A URI, or `*`, or what CONNECT has.
    let Some(scheme) = target.windows(3).position(|window| window == b"://") else {
        return target;
    };
    let host = scheme + 3;
    match target[host..].iter().position(|&byte| byte == b'/') {
        Some(length) => &target[host + length..],
        // Without a path it is a slash; there is one at hand.
        None => &target[host - 1..host],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &str) -> Result<Option<Head>, Malformed> {
        let mut input = BytesMut::from(text);
        let head = Head::take(&mut input);
        if matches!(head, Ok(Some(_))) {
            assert_eq!(input, "rest");
        }
        head
    }

    #[test]
    fn targets_have_paths() {
        for (target, path) in [
            ("/", "/"),
            ("/a?b", "/a"),
            ("/a?b://c", "/a"),
            ("//x://y", "//x://y"),
            ("http://host", "/"),
            ("http://host?q", "/"),
            ("http://host/a/b?q", "/a/b"),
            ("*", "*"),
            ("host:80", "host:80"),
        ] {
            let head = take(&format!("GET {target} HTTP/1.1\r\n\r\nrest"));
            assert_eq!(head.unwrap().unwrap().path, path, "{target}");
        }
    }

    #[test]
    fn headers_tell_of_the_body_and_the_connection() {
        let (none, close) = ((Some(0), false, false), (Some(0), false, true));
        for (headers, expected) in [
            ("", none),
            ("Other: close\r\n", none),
            ("CONTENT-length: 5 \r\n", (Some(5), false, false)),
            (
                "Content-Length: 5\r\nContent-Length: 05\r\n",
                (Some(5), false, false),
            ),
            ("Transfer-Encoding: Chunked\r\n", (None, false, false)),
            ("Expect: 100-Continue\r\n", (Some(0), true, false)),
            ("Connection: keep-alive\r\n", none),
            ("Connection: x, Close\r\n", close),
        ] {
            let head = take(&format!("POST / HTTP/1.1\r\n{headers}\r\nrest"));
            let head = head.unwrap().unwrap();
            let got = (head.length, head.expects_continue, head.close);
            assert_eq!(got, expected, "{headers}");
        }
        let old = take("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nrest");
        assert!(old.unwrap().unwrap().close);
    }

    #[test]
    fn what_is_not_a_request_is_told() {
        for text in [
            "nonsense\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: \r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
            "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        ] {
            assert_eq!(take(text), Err(Malformed), "{text}");
        }
        let long = format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(MAX_HEAD));
        assert_eq!(take(&long), Err(Malformed));
        assert_eq!(take(&long[..1000]), Ok(None));
    }
}
