//! Which key a path or a body names, and what is answered to it.

use crate::{
    client::{Client, post, request},
    server::TestServer,
};

#[test]
fn a_body_stores_what_a_path_reads() {
    let server = TestServer::start();
    let table: &[(&[u8], &str, &[u8])] = &[
        (b"plain=1", "/plain", b"1"),
        (b"plain=2", "/plain", b"2"),
        (b"empty=", "/empty", b""),
        (b"eq=a=b==", "/eq", b"a=b=="),
        (b"bytes=\0\r\n\xff", "/bytes", b"\0\r\n\xff"),
        (b"a+b=plus", "/a+b", b"plus"),
        (b"a b=space", "/a%20b", b"space"),
        (b"a%20b=escape", "/a%2520b", b"escape"),
        (b"/=slash", "//", b"slash"),
        (b"/=slash", "/%2F", b"slash"),
        (b"/=slash", "/%2f", b"slash"),
        (b"x//y=double", "/x//y", b"double"),
        (b".=dot", "/.", b"dot"),
        (b"..=dots", "/..", b"dots"),
        (b"../x/./=mixed", "/../x/./", b"mixed"),
        (b"\xff\xfe=binary", "/%ff%FE", b"binary"),
        (b"\0=nul", "/%00", b"nul"),
        (b"?q=question", "/%3Fq", b"question"),
        (b"q=query", "/q?x=%zz&y", b"query"),
        (b"abs=absolute", "http://elsewhere/abs", b"absolute"),
        (b"\"{|}\\^=odd", "/\"{|}\\^", b"odd"),
    ];
    let mut client = server.connect();
    for (body, target, value) in table {
        client.post(body);
        assert_eq!(client.answer().text(), (200, "Key inserted"));
        let answer = client.ask("GET", target);
        assert_eq!((answer.status, &answer.body[..]), (200, *value), "{target}");
    }
}

#[test]
fn missing_and_empty_keys() {
    let server = TestServer::start();
    let mut client = server.connect();
    for target in ["/nothing", "//", "/..", "/%2F", "/a?b"] {
        assert_eq!(client.ask("GET", target).text(), (404, "Key not found"));
    }
    for target in ["/", "/?a=b", "http://h", "http://h/"] {
        let answer = client.ask("GET", target);
        assert_eq!(answer.text(), (400, "Key cannot be empty"), "{target}");
    }
}

#[test]
fn a_malformed_escape_ends_the_connection() {
    let server = TestServer::start();
    for target in ["/%zz", "/%4", "/%", "/a%", "/%2", "/%%41", "/ok/%g0"] {
        for method in ["GET", "POST", "DELETE"] {
            let mut client = server.connect();
            let answer = client.ask(method, target);
            assert_eq!(answer.text(), (400, "400 Bad Request"), "{target}");
            assert_eq!(answer.header("connection"), Some("close"));
            assert_eq!(
                answer.header("content-type"),
                Some("text/plain; charset=utf-8")
            );
            assert_eq!(client.rest(), b"");
        }
    }
}

#[test]
fn nothing_after_a_malformed_escape_is_done_or_answered() {
    let server = TestServer::start();
    server.insert(b"k=before");
    let mut client = server.connect();
    client.send(
        [
            request("GET", "/k"),
            request("GET", "/%zz"),
            post(b"k=after"),
            request("GET", "/k"),
        ]
        .concat(),
    );
    assert_eq!(client.answer().text(), (200, "before"));
    assert_eq!(client.answer().status, 400);
    assert_eq!(client.rest(), b"");
    assert_eq!(server.connect().ask("GET", "/k").text(), (200, "before"));
}

#[test]
fn concurrent_writers_lose_nothing() {
    const WRITERS: usize = 8;
    const KEYS: usize = 200;
    let server = TestServer::start();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let mut client = Client::connect(server.addr);
            scope.spawn(move || {
                for key in 0..KEYS {
                    let fill = writer.to_string().repeat(1000);
                    client.post(format!("{writer}-{key}={key}").as_bytes());
                    assert_eq!(client.answer().status, 200);
                    client.post(format!("shared={fill}").as_bytes());
                    assert_eq!(client.answer().status, 200);
                }
            });
        }
    });
    let mut client = server.connect();
    for writer in 0..WRITERS {
        for key in 0..KEYS {
            let answer = client.ask("GET", &format!("/{writer}-{key}"));
            assert_eq!(answer.text(), (200, key.to_string().as_str()));
        }
    }
    let shared = client.ask("GET", "/shared").body;
    assert_eq!(shared.len(), 1000);
    assert!(shared.iter().all(|byte| *byte == shared[0]), "a torn value");
}
