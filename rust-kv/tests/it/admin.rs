//! The admin port.

use std::process;

use serde_json::{Value, json};

use crate::{
    client::{Client, chunked, post, request, with_body},
    server::{IS_ACTIX, IS_TOKIO, TestServer},
};

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
    assert_eq!(runtime.as_object().unwrap().len(), 8);
}

#[test]
fn counters_agree_with_the_requests_made() {
    let server = TestServer::start();
    let counted = |connections, gets, misses, posts, others| {
        let expected = json!({
            "connections": connections,
            "gets": gets,
            "misses": misses,
            "posts": posts,
            "others": others,
        });
        assert_eq!(server.runtime()["counters"], expected);
    };
    counted(0, 0, 0, 0, 0);
    let mut client = server.connect();
    let table = [
        (post(b"k=v"), [0, 0, 1, 0]),
        (chunked(b"k=v", 1), [0, 0, 1, 0]),
        (request("GET", "/k"), [1, 0, 0, 0]),
        (with_body("GET", "/%6B", b"ignored"), [1, 0, 0, 0]),
        (request("GET", "/missing"), [1, 1, 0, 0]),
        (request("GET", "/"), [0, 0, 0, 1]),
        (request("PUT", "/k"), [0, 0, 0, 1]),
        (post(b"no equals sign"), [0, 0, 0, 1]),
    ];
    let [mut gets, mut misses, mut posts, mut others] = [0; 4];
    for (request, added) in &table {
        client.send(request);
        client.answer();
        gets += added[0];
        misses += added[1];
        posts += added[2];
        others += added[3];
        counted(1, gets, misses, posts, others);
    }
    assert_eq!(client.ask("HEAD", "/k").status, 200);
    assert_eq!(client.ask("HEAD", "/missing").status, 404);
    counted(1, gets + 2, misses + 1, posts, others);
    // These end their connections.
    for (nth, request) in [post(&[b'x'; (1 << 20) + 1]), request("GET", "/%zz")]
        .iter()
        .enumerate()
    {
        let mut client = server.connect();
        client.send(request);
        client.answer();
        counted(2 + nth, gets + 2, misses + 1, posts, others + 1 + nth);
    }
}

#[test]
fn counters_are_sums_over_workers() {
    let server = TestServer::start();
    let mut clients: Vec<_> = (0..4).map(|_| server.connect()).collect();
    for client in &mut clients {
        for _ in 0..10 {
            assert_eq!(client.ask("GET", "/missing").status, 404);
        }
    }
    let counters = &server.runtime()["counters"];
    assert_eq!(counters["connections"], 4);
    assert_eq!(counters["gets"], 40);
    assert_eq!(counters["misses"], 40);
}

#[test]
fn the_facts_of_the_runtime() {
    for (server, is_tokio, tasks_are_known) in [
        (TestServer::start(), IS_TOKIO, IS_TOKIO && !IS_ACTIX),
        (TestServer::start_null(1), true, true),
    ] {
        let mut client = server.connect();
        client.ask("GET", "/k");
        let rust = &server.runtime()["rust"];
        assert_eq!(rust.as_object().unwrap().len(), 2);

        let tokio = &rust["tokio"];
        assert_eq!(tokio.as_object().unwrap().len(), 2);
        // That of the connection, and of a stack whatever it needs besides.
        assert_eq!(tokio["aliveTasks"].as_u64() > Some(0), tasks_are_known);
        assert_eq!(tokio["aliveTasks"].is_null(), !tasks_are_known);
        let workers = tokio["workers"].as_array().unwrap();
        assert_eq!(workers.len(), if is_tokio { 2 } else { 0 });
        for worker in workers {
            assert!(worker["busyNs"].is_u64() && worker["parks"].is_u64());
            assert_eq!(worker.as_object().unwrap().len(), 2);
        }
        let busy = |worker: &Value| worker["busyNs"].as_u64() > Some(0);
        assert_eq!(workers.iter().any(busy), is_tokio, "{workers:?}");

        let allocator = &rust["allocator"];
        if allocator.is_null() {
            continue;
        }
        assert_eq!(allocator.as_object().unwrap().len(), 5);
        assert_eq!(allocator["name"], "glibc malloc");
        for field in ["inUseBytes", "freeBytes", "arenaBytes", "mmappedBytes"] {
            assert!(allocator[field].is_u64(), "{field}");
        }
    }
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
