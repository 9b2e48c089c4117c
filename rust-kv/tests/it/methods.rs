//! Methods, and exactly which headers go with each answer.

use crate::{
    client::{request, with_body},
    server::{IS_ACTIX, TestServer},
};

const PLAIN: &[&str] = &["content-length", "content-type", "date"];
const NOT_ALLOWED: &[&str] = &["allow", "content-length", "content-type", "date"];
const CLOSING: &[&str] = &["connection", "content-length", "content-type", "date"];

#[test]
fn the_header_set_is_exact() {
    let server = TestServer::start();
    server.insert(b"k=v");
    let table = [
        (request("GET", "/k"), 200, PLAIN),
        (request("GET", "/missing"), 404, PLAIN),
        (request("GET", "/"), 400, PLAIN),
        (with_body("POST", "/", b"a=b"), 200, PLAIN),
        (with_body("POST", "/", b"a"), 400, PLAIN),
        (request("PUT", "/"), 405, NOT_ALLOWED),
        (request("POST", "/k"), 405, NOT_ALLOWED),
        (with_body("GET", "/k", b"ignored"), 200, PLAIN),
        (with_body("DELETE", "/k", b"ignored"), 405, NOT_ALLOWED),
        (with_body("POST", "/", &[b'x'; (1 << 20) + 1]), 413, CLOSING),
        (request("GET", "/%zz"), 400, CLOSING),
    ];
    for (request, status, names) in table {
        let mut client = server.connect();
        client.send(&request);
        let answer = client.answer();
        let line = request.split(|byte| *byte == b'\r').next().unwrap();
        assert_eq!(answer.status, status, "{}", line.escape_ascii());
        assert_eq!(answer.header_names(), names, "{}", line.escape_ascii());
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        let date = answer.header("date").unwrap();
        assert!(date.len() == 29 && date.ends_with(" GMT"), "{date}");
    }
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let server = TestServer::start();
    server.insert(b"k=a value");
    let mut client = server.connect();
    for (target, status, length) in [("/k", 200, "7"), ("/missing", 404, "13"), ("/", 400, "19")] {
        let head = client.ask("HEAD", target);
        assert_eq!(head.status, status);
        assert_eq!(head.header("content-length"), Some(length));
        assert_eq!(head.header_names(), PLAIN);
        // The next answer on the connection shows that no body came.
        assert_eq!(client.ask("GET", target).status, status);
    }
    let head = client.ask("HEAD", "/%4");
    assert_eq!(
        (head.status, head.header("connection")),
        (400, Some("close"))
    );
    assert_eq!(client.rest(), b"");
}

#[test]
fn other_methods_are_told_which_are_allowed() {
    let server = TestServer::start();
    server.insert(b"k=v");
    let mut client = server.connect();
    let table = [
        ("PUT", "/", "GET, HEAD, POST"),
        ("DELETE", "/", "GET, HEAD, POST"),
        ("OPTIONS", "/", "GET, HEAD, POST"),
        ("TRACE", "/?q", "GET, HEAD, POST"),
        ("BREW", "/", "GET, HEAD, POST"),
        ("get", "/", "GET, HEAD, POST"),
        ("POST", "/k", "GET, HEAD"),
        ("POST", "//", "GET, HEAD"),
        ("PUT", "/k", "GET, HEAD"),
        ("DELETE", "/k", "GET, HEAD"),
        ("OPTIONS", "/k", "GET, HEAD"),
        ("BREW", "/k", "GET, HEAD"),
        ("OPTIONS", "*", "GET, HEAD"),
    ];
    for (method, target, allowed) in table {
        let answer = client.ask(method, target);
        assert_eq!(
            answer.text(),
            (405, "Method not allowed"),
            "{method} {target}"
        );
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {target}");
    }
    assert_eq!(client.ask("GET", "/k").text(), (200, "v"));
}

#[test]
fn connect_gets_no_tunnel() {
    let server = TestServer::start();
    let mut client = server.connect();
    let answer = client.ask("CONNECT", "elsewhere:80");
    assert_eq!(answer.text(), (405, "Method not allowed"));
    if IS_ACTIX {
        assert_eq!(client.rest(), b"");
    } else {
        assert_eq!(client.ask("GET", "/k").status, 404);
    }
}
