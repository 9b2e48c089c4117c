//! The null target: a data port that answers and keeps nothing.

use std::{thread, time::Duration};

use serde_json::json;

use crate::{
    client::{chunked, post, request, with_body},
    server::{IS_HYPER, TestServer},
};

#[test]
fn answers_are_those_of_the_store_to_the_byte() {
    let store = TestServer::start();
    let null = TestServer::start_null(5);
    store.insert(b"k=xxxxx");
    for request in [
        request("GET", "/k"),
        request("HEAD", "/k"),
        post(b"a=b"),
        b"GET /k HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".to_vec(),
        b"HEAD /k HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 3\r\n\r\na=b"
            .to_vec(),
    ] {
        let mut client = null.connect();
        client.send(&request);
        client.finish();
        let answer = client.rest();
        let mut client = store.connect();
        client.send(&request);
        let expected = client.bytes(answer.len());
        let [answer, expected] = [answer, expected].map(|bytes| {
            let answer = String::from_utf8(bytes).unwrap();
            let date = answer.find("date: ").unwrap() + 6;
            assert_eq!(&answer[date + 25..date + 29], " GMT");
            let answer = format!("{}{}", &answer[..date], &answer[date + 29..]);
            let mut lines: Vec<_> = answer.split("\r\n").map(str::to_owned).collect();
            if IS_HYPER {
                // It has an order of its own.
                lines.sort_unstable();
            }
            lines
        });
        assert_eq!(answer, expected);
    }
}

#[test]
fn it_keeps_nothing() {
    let server = TestServer::start_null(0);
    let mut client = server.connect();
    for _ in 0..3 {
        client.post(b"k=value");
        assert_eq!(client.answer().text(), (200, "Key inserted"));
        assert_eq!(client.ask("GET", "/k").text(), (200, ""));
    }
    assert_eq!(server.runtime()["keys"], 0);
}

#[test]
fn requests_may_come_in_pieces() {
    let server = TestServer::start_null(1);
    let mut client = server.connect();
    for request in [request("GET", "/k"), post(b"k=v")] {
        for byte in request {
            client.send([byte]);
        }
        assert_eq!(client.answer().status, 200);
    }
    let body = vec![b'x'; 1 << 20];
    for piece in with_body("POST", "/", &body).chunks(100_000) {
        client.send(piece);
    }
    assert_eq!(client.answer().text(), (200, "Key inserted"));
}

#[test]
fn a_post_is_answered_after_all_of_its_body() {
    let server = TestServer::start_null(1);
    let mut client = server.connect();
    let request = post(b"k=v");
    let (last, begun) = request.split_last().unwrap();
    client.send(begun);
    // Too early an answer would be counted by now, if not on every machine.
    thread::sleep(Duration::from_millis(20));
    assert_eq!(server.runtime()["counters"]["posts"], 0);
    client.send([*last]);
    assert_eq!(client.answer().text(), (200, "Key inserted"));
    assert_eq!(server.runtime()["counters"]["posts"], 1);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = TestServer::start_null(3);
    let mut client = server.connect();
    let mut requests = Vec::new();
    for n in 0..1000 {
        requests.extend(post(format!("k={n}").as_bytes()));
        requests.extend(request("GET", "/k"));
        requests.extend(request("HEAD", "/k"));
        requests.extend(with_body("GET", "/k", &request("GET", "/hidden")));
    }
    client.send(requests);
    for _ in 0..1000 {
        assert_eq!(client.answer().text(), (200, "Key inserted"));
        assert_eq!(client.answer().text(), (200, "xxx"));
        let head = client.answer_to_head();
        assert_eq!(head.header("content-length"), Some("3"));
        assert_eq!(client.answer().text(), (200, "xxx"));
    }
    client.finish();
    assert_eq!(client.rest(), b"");
}

#[test]
fn a_slow_reader_gets_it_all() {
    const BYTES: usize = 1_048_512;
    let server = TestServer::start_null(BYTES);
    let mut client = server.connect();
    // More than any socket buffer takes at once.
    client.send(request("GET", "/k").repeat(20));
    for _ in 0..20 {
        let answer = client.answer();
        assert_eq!((answer.status, answer.body.len()), (200, BYTES));
        assert!(answer.body.iter().all(|byte| *byte == b'x'));
    }
}

#[test]
fn nothing_is_answered_after_connection_close() {
    let server = TestServer::start_null(1);
    let mut client = server.connect();
    let last = b"GET /k HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".to_vec();
    client.send([last, post(b"k=v")].concat());
    let answer = client.answer();
    assert_eq!(answer.text(), (200, "x"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(client.rest(), b"");
}

#[test]
fn what_it_does_not_answer_ends_the_connection() {
    let server = TestServer::start_null(1);
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(1 << 16));
    let table = [
        request("PUT", "/k"),
        b"nonsense\r\n\r\n".to_vec(),
        b"GET / HTTP/1.0\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_vec(),
        chunked(b"k=v", 1),
        long.into_bytes(),
        b"POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n".to_vec(),
    ];
    for bad in table {
        let mut client = server.connect();
        client.send([request("GET", "/k"), bad].concat());
        assert_eq!(client.answer().text(), (200, "x"));
        let answer = client.answer();
        assert_eq!(answer.text(), (400, "400 Bad Request"));
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn clients_that_go_away_do_no_harm() {
    let server = TestServer::start_null(1000);
    for begun in ["", "GET", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nk"] {
        server.connect().send(begun);
        let mut client = server.connect();
        client.send(begun);
        client.finish();
        assert_eq!(client.rest(), b"");
    }
    // Gone without reading any of the answers.
    server.connect().send(request("GET", "/k").repeat(1000));
    assert_eq!(server.connect().ask("GET", "/k").status, 200);
}

#[test]
fn counters_agree_with_the_requests_made() {
    let server = TestServer::start_null(1);
    let mut client = server.connect();
    client.send([request("GET", "/k").repeat(3), post(b"k=v").repeat(2)].concat());
    for _ in 0..5 {
        assert_eq!(client.answer().status, 200);
    }
    assert_eq!(client.ask("HEAD", "/k").status, 200);
    assert_eq!(server.connect().ask("GET", "/k").status, 200);
    assert_eq!(server.connect().ask("PUT", "/k").status, 400);
    let counters = json!({ "connections": 3, "gets": 5, "misses": 0, "posts": 2, "others": 1 });
    assert_eq!(server.runtime()["counters"], counters);
}
