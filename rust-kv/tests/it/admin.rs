//! The admin port.

use std::process;

use serde_json::Value;

use crate::{client::Client, server::TestServer};

#[test]
fn health_and_runtime() {
    let server = TestServer::start();
    server.insert(b"a=1");
    server.insert(b"a=2");
    server.insert(b"b=1");
    let mut admin = Client::connect(server.admin_addr);
    assert_eq!(admin.ask("GET", "/health").text(), (200, "ok"));
    let answer = admin.ask("GET", "/runtime");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let runtime: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(runtime["name"], "rust-kv");
    assert_eq!(runtime["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(runtime["pid"], process::id());
    assert_eq!(runtime["workers"], 2);
    assert_eq!(runtime["keys"], 2);
    assert!(runtime["uptimeMs"].is_u64());
    assert_eq!(runtime.as_object().unwrap().len(), 6);
}

#[test]
fn anything_else_is_not_found() {
    let server = TestServer::start();
    let mut admin = Client::connect(server.admin_addr);
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/a"),
        ("GET", "//health"),
        ("GET", "/health/"),
        ("POST", "/health"),
        ("DELETE", "/runtime"),
    ] {
        assert_eq!(admin.ask(method, target).status, 404, "{method} {target}");
    }
    let mut store = server.connect();
    assert_eq!(store.ask("GET", "/health").status, 404);
}
