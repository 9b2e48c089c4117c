//! What is sent: a head, written with few words.

use std::{
    cell::RefCell,
    io::Write,
    time::{Duration, SystemTime},
};

use crate::answer::Reply;

/// Appends the head of `reply` to `output`.
pub(super) fn write_head(output: &mut Vec<u8>, reply: &Reply, says_close: bool) {
    let status = match reply.status {
        200 => "200 OK",
        404 => "404 Not Found",
        405 => "405 Method Not Allowed",
        408 => "408 Request Timeout",
        413 => "413 Payload Too Large",
        _ => "400 Bad Request",
    };
    let connection = if says_close {
        "connection: close\r\n"
    } else {
        ""
    };
    let put = |output: &mut Vec<u8>, parts: &[&str]| {
        for part in parts {
            output.extend_from_slice(part.as_bytes());
        }
    };
    put(output, &["HTTP/1.1 ", status, "\r\ncontent-length: "]);
    // A `Vec` takes all that is written.
    let _ = write!(output, "{}", reply.body.len());
    put(
        output,
        &["\r\n", connection, "content-type: ", reply.content_type],
    );
    if let Some(methods) = reply.allow {
        put(output, &["\r\nallow: ", methods]);
    }
    put(output, &["\r\ndate: "]);
    write_date(output);
    put(output, &["\r\n\r\n"]);
}

/// Appends the date, which is put into words once a second.
fn write_date(output: &mut Vec<u8>) {
    thread_local! {
        static DATE: RefCell<(u64, String)> = RefCell::default();
    }
    let now = SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default()
        .as_secs();
    DATE.with_borrow_mut(|(second, text)| {
        if *second != now {
            *second = now;
            *text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(now));
        }
        output.extend_from_slice(text.as_bytes());
    });
}
