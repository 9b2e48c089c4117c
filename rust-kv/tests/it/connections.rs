//! Keep-alive, pipelining, and who ends a connection.

use crate::{
    client::{post, request},
    server::{IS_ACTIX, TestServer},
};

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = TestServer::start();
    let mut client = server.connect();
    let mut requests = Vec::new();
    for n in 0..100 {
        requests.extend(post(format!("k={n}").as_bytes()));
        requests.extend(request("GET", "/k"));
        requests.extend(request("GET", "/missing"));
        requests.extend(request("PUT", "/"));
    }
    client.send(requests);
    for n in 0..100 {
        assert_eq!(client.answer().text(), (200, "Key inserted"));
        assert_eq!(client.answer().text(), (200, n.to_string().as_str()));
        assert_eq!(client.answer().status, 404);
        assert_eq!(client.answer().status, 405);
    }
}

#[test]
fn a_request_may_come_in_pieces() {
    let server = TestServer::start();
    let mut client = server.connect();
    for byte in post(b"k=v") {
        client.send([byte]);
    }
    assert_eq!(client.answer().text(), (200, "Key inserted"));
}

#[test]
fn http_1_0_is_answered_and_closed() {
    let server = TestServer::start();
    server.insert(b"k=v");
    for header in ["", "Connection: keep-alive\r\n"] {
        let mut client = server.connect();
        client.send(format!("GET /k HTTP/1.0\r\n{header}\r\n"));
        let answer = client.answer();
        assert_eq!(answer.text(), (200, "v"));
        assert_eq!(
            answer.header_names(),
            ["content-length", "content-type", "date"]
        );
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn nothing_is_done_after_connection_close() {
    let server = TestServer::start();
    server.insert(b"k=before");
    let mut client = server.connect();
    let last = b"GET /k HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".to_vec();
    client.send([last, post(b"k=after")].concat());
    let answer = client.answer();
    assert_eq!(answer.text(), (200, "before"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(client.rest(), b"");
    assert_eq!(server.connect().ask("GET", "/k").text(), (200, "before"));
}

#[test]
fn an_upgrade_is_not_taken() {
    let server = TestServer::start();
    server.insert(b"k=v");
    for protocol in ["h2c", "websocket"] {
        let mut client = server.connect();
        client.send(format!(
            "GET /k HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n"
        ));
        let answer = client.answer();
        assert_eq!(answer.text(), (200, "v"));
        if IS_ACTIX {
            assert_eq!(answer.header("connection"), Some("close"));
            assert_eq!(client.rest(), b"");
        } else {
            assert_eq!(client.ask("GET", "/k").text(), (200, "v"));
        }
    }
}

#[test]
#[cfg_attr(
    feature = "stack-axum",
    ignore = "axum::serve has no way to set hyper's half_close"
)]
fn a_client_that_has_finished_sending_is_answered() {
    let server = TestServer::start();
    server.insert(b"k=v");
    let mut client = server.connect();
    client.send(request("GET", "/k"));
    client.finish();
    assert_eq!(client.answer().text(), (200, "v"));
    assert_eq!(client.rest(), b"");
}
