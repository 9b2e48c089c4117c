use super::*;

/// The status, the body and the bytes left, fed in pieces of that size.
fn read(text: &str, size: usize, is_head: bool) -> Result<Option<(u16, String, usize)>, Fault> {
    let mut answer = Answer::default();
    answer.begin(is_head, Some(1000));
    let mut fed = 0;
    for piece in text.as_bytes().chunks(size) {
        fed += piece.len();
        if let Progress::Done { left } = answer.feed(piece)? {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            return Ok(Some((answer.status, body, text.len() - fed + left)));
        }
    }
    if answer.ends_with_connection() {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        return Ok(Some((answer.status, body, 0)));
    }
    Ok(None)
}

#[test]
fn reads_whole_answers_however_they_are_cut() {
    let cases = [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            200,
            "abc",
            0,
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\nabc", 200, "", 3),
        ("HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nabc", 200, "a", 2),
        (
            "HTTP/1.1 404 Not Found\nContent-Length: 2\n\nno",
            404,
            "no",
            0,
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", 0),
        ("HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n", 304, "", 0),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: a\r\n\r\nHTTP/1.1 201 x\r\nContent-Length: 1\r\n\r\na",
            201,
            "a",
            0,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
            200,
            "abc0123456789",
            0,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n1\r\na\r\n0\r\nTrailer: x\r\n\r\nHT",
            200,
            "a",
            2,
        ),
        ("HTTP/1.1 200 OK\r\n\r\nall of it", 200, "all of it", 0),
        ("HTTP/1.0 200 OK\r\n\r\nx", 200, "x", 0),
    ];
    for (text, status, body, left) in cases {
        for size in [1, 2, 3, 7, 1000] {
            let expected = Ok(Some((status, body.to_string(), left)));
            assert_eq!(read(text, size, false), expected, "{text:?} by {size}");
        }
    }
}

#[test]
fn an_answer_to_head_has_no_body() {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    assert_eq!(read(text, 5, true), Ok(Some((200, String::new(), 0))));
}

#[test]
fn waits_for_what_is_missing() {
    for text in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
    ] {
        for size in [1, 1000] {
            assert_eq!(read(text, size, false), Ok(None), "{text:?}");
        }
    }
}

#[test]
fn refuses_what_is_malformed() {
    let long = "x".repeat(20_000);
    for text in [
        "SSH-2.0-OpenSSH",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
        &format!("HTTP/1.1 200 OK\r\na: {long}"),
        &format!("HTTP/1.1 200 OK\r\na: {long}\r\n\r\n"),
        &format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;{long}"),
    ] {
        for size in [1, 4096, 100_000] {
            let read = read(text, size, false);
            assert!(
                matches!(read, Err(Fault::Malformed(_))),
                "{text:.60?}: {read:?}"
            );
        }
    }
}

#[test]
fn keeps_no_more_of_a_body_than_is_wanted() {
    let text = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1001));
    assert_eq!(read(&text, 100, false), Err(Fault::TooLong));
    let mut answer = Answer::default();
    answer.begin(false, None);
    assert_eq!(answer.feed(text.as_bytes()), Ok(Progress::More));
    assert!(answer.body.is_empty());
}

#[test]
fn tells_whether_the_connection_stays() {
    for (head, stays) in [
        ("HTTP/1.1 200 OK\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection: Close\r\n", false),
        ("HTTP/1.1 200 OK\r\nConnection: x, close\r\n", false),
        ("HTTP/1.0 200 OK\r\n", false),
        ("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", true),
    ] {
        let mut answer = Answer::default();
        answer.begin(false, None);
        let text = format!("{head}Content-Length: 0\r\n\r\n");
        assert_eq!(answer.feed(text.as_bytes()), Ok(Progress::Done { left: 0 }));
        assert_eq!(answer.keep_alive, stays, "{head:?}");
    }
}
