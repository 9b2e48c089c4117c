//! A server in this process, on free ports.

use std::{future, net::SocketAddr, sync::mpsc, thread};

use rust_kv::{Server, block_on, flags::Config};
use serde_json::Value;

use crate::client::Client;

/// Stacks differ where the contract leaves them room.
pub const IS_ACTIX: bool = cfg!(feature = "stack-actix");
pub const IS_HYPER: bool = cfg!(any(feature = "stack-axum", feature = "on-hyper"));

/// Whether the store's threads are tokio's, which tells of them.
pub const IS_TOKIO: bool = !cfg!(feature = "stack-smol");

pub struct TestServer {
    pub addr: SocketAddr,
    pub admin_addr: SocketAddr,
}

impl TestServer {
    /// Starts a server that lives as long as the test run.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// The same with a null target in the store's place.
    pub fn start_null(bytes: usize) -> Self {
        Self::with(Some(bytes))
    }

    fn with(null: Option<usize>) -> Self {
        let config = Config {
            workers: 2,
            null,
            ..Config::default()
        };
        let server = Server::bind(&config).unwrap();
        let addr = server.addr().unwrap();
        let admin_addr = server.admin_addr().unwrap();
        let (ready, started) = mpsc::channel();
        thread::spawn(move || {
            let ready = move || {
                ready.send(()).unwrap();
                Ok(())
            };
            block_on(server.run(ready, future::pending()))
        });
        started.recv().unwrap();
        Self { addr, admin_addr }
    }

    /// What the admin port says now.
    pub fn runtime(&self) -> Value {
        let answer = Client::connect(self.admin_addr).ask("GET", "/runtime");
        serde_json::from_slice(&answer.body).unwrap()
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.addr)
    }

    /// Stores `body`, a `key=value`.
    pub fn insert(&self, body: &[u8]) {
        let mut client = self.connect();
        client.post(body);
        assert_eq!(client.answer().status, 200);
    }
}
