//! Request bodies: framing, limits, and bodies that nobody asked for.

use crate::{
    client::{chunked, post, request, with_body},
    server::{IS_HYPER, TestServer},
};

const MAX_BODY: usize = 1 << 20;

/// A `key=value` of `length` bytes in all.
fn entry(length: usize) -> Vec<u8> {
    let mut body = b"big=".to_vec();
    body.resize(length, b'v');
    body
}

#[test]
fn bodies_without_a_key_are_refused() {
    let server = TestServer::start();
    let mut client = server.connect();
    for body in [&b""[..], b"a", b"=", b"=b", b"a%3Db"] {
        for request in [post(body), chunked(body, 1)] {
            client.send(request);
            assert_eq!(
                client.answer().text(),
                (400, "Invalid format: expected key=value")
            );
        }
    }
    let answer = client.ask("POST", "/");
    assert_eq!(answer.text(), (400, "Invalid format: expected key=value"));
}

#[test]
fn chunks_make_one_body() {
    let server = TestServer::start();
    let mut client = server.connect();
    for size in [1, 2, 3, 100] {
        client.send(chunked(format!("k=in {size}s").as_bytes(), size));
        assert_eq!(client.answer().text(), (200, "Key inserted"));
        let expected = format!("in {size}s");
        assert_eq!(client.ask("GET", "/k").text(), (200, expected.as_str()));
    }
}

#[test]
fn the_limit_is_exact_for_both_framings() {
    let server = TestServer::start();
    let accepted = entry(MAX_BODY);
    for request in [post(&accepted), chunked(&accepted, 10_000)] {
        let mut client = server.connect();
        client.send(request);
        assert_eq!(client.answer().text(), (200, "Key inserted"));
        assert_eq!(client.ask("GET", "/big").body, accepted[4..]);
    }
    let refused = entry(MAX_BODY + 1);
    for request in [post(&refused), chunked(&refused, 10_000)] {
        let mut client = server.connect();
        client.send(request);
        let answer = client.answer();
        assert_eq!(answer.text(), (413, "Body too large"));
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn a_client_that_is_still_sending_reads_413() {
    let server = TestServer::start();
    let body = entry(2 * MAX_BODY);
    for request in [post(&body), chunked(&body, 10_000)] {
        let mut client = server.connect();
        // All of it is written before anything is read.
        client.send(request);
        assert_eq!(client.answer().status, 413);
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn a_promise_of_more_is_answered_after_two_limits() {
    let server = TestServer::start();
    let mut client = server.connect();
    // The longest that hyper takes for a length.
    let length = u64::MAX - 2;
    client.send(format!(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n"
    ));
    client.send(entry(2 * MAX_BODY));
    assert_eq!(client.answer().text(), (413, "Body too large"));
    client.finish();
    assert_eq!(client.rest(), b"");
}

#[test]
fn a_body_without_end_ends_the_connection() {
    let server = TestServer::start();
    server.insert(b"k=v");
    let body = chunked(&entry(3 * MAX_BODY), 10_000);
    let body = body.strip_suffix(b"0\r\n\r\n").unwrap();
    let body = body.strip_prefix(b"POST / ").unwrap();
    for (line, status) in [("POST / ", 413), ("GET /k ", 200), ("PUT / ", 405)] {
        let mut client = server.connect();
        // The client neither ends the body nor goes away.
        client.send([line.as_bytes(), body].concat());
        let answer = client.answer();
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(client.rest(), b"");
    }
    let mut client = server.connect();
    client.send("POST /%zz HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
    assert_eq!(client.answer().text(), (400, "400 Bad Request"));
    assert_eq!(client.rest(), b"");
}

#[test]
fn nothing_after_413_is_done_or_answered() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.send([post(&entry(MAX_BODY + 1)), post(b"k=after")].concat());
    assert_eq!(client.answer().status, 413);
    assert_eq!(client.rest_or_reset(), b"");
    assert_eq!(server.connect().ask("GET", "/k").status, 404);
}

#[test]
fn the_body_is_asked_for_with_100_continue() {
    let server = TestServer::start();
    let mut client = server.connect();
    client
        .send("POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    // Nothing has been sent of the body when this is read.
    assert_eq!(client.line(), "HTTP/1.1 100 Continue");
    assert_eq!(client.line(), "");
    client.send("a=b");
    assert_eq!(client.answer().text(), (200, "Key inserted"));
}

#[test]
fn a_body_that_nobody_asked_for_is_not_the_next_request() {
    let server = TestServer::start();
    server.insert(b"k=v");
    let hidden = post(b"k=smuggled");
    let next = request("GET", "/k");
    let mut client = server.connect();
    client.send([with_body("GET", "/k", &hidden), next.clone()].concat());
    client.send([with_body("DELETE", "/k", &hidden), next.clone()].concat());
    client.send([with_body("POST", "/k", &hidden), next.clone()].concat());
    for status in [200, 405, 405] {
        assert_eq!(client.answer().status, status);
        assert_eq!(client.answer().text(), (200, "v"));
    }
    client.send("GET /k HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send([b"5\r\nGET /\r\n0\r\n\r\n".to_vec(), next].concat());
    for _ in 0..2 {
        assert_eq!(client.answer().text(), (200, "v"));
    }
}

#[test]
fn broken_framing_ends_the_connection_and_stores_nothing() {
    let server = TestServer::start();
    let table = [
        "Content-Length: 9\r\n\r\nk=v",
        "Content-Length: x\r\n\r\nk=v",
        "Content-Length: 3\r\nContent-Length: 4\r\n\r\nk=v",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\nk=v\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nk=v",
    ];
    for rest in table {
        let mut client = server.connect();
        client.send(format!("POST / HTTP/1.1\r\nHost: test\r\n{rest}"));
        client.finish();
        assert_eq!(client.answer().status, 400, "{rest}");
        assert_eq!(client.rest(), b"");
    }
    assert_eq!(server.connect().ask("GET", "/k").status, 404);
}

#[test]
fn of_two_framings_the_length_is_never_taken() {
    let server = TestServer::start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n");
    client.send("Transfer-Encoding: chunked\r\n\r\n3\r\nk=v\r\n0\r\n\r\n");
    // RFC 9112, 6.1, lets a server refuse such a request, or take it by its chunks.
    assert_eq!(client.answer().status, if IS_HYPER { 200 } else { 400 });
    assert_eq!(client.rest(), b"");
    let stored = server.connect().ask("GET", "/k");
    assert_eq!(stored.status, if IS_HYPER { 200 } else { 404 });
}
