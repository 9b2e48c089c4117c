//! An in-memory key-value server over HTTP/1.1, on actix-web or another stack.
//!
//! It keeps the contract in `docs/contract.md`, as the Go server beside it does,
//! so that a difference between the two is one of speed. The library owns the
//! server; `main` reads flags, says where the server listens and decides when
//! it stops.

mod admin;
mod allocator;
mod answer;
mod body;
mod clock;
mod handler;
#[cfg(feature = "inject")]
mod inject;
mod key;
mod limits;
mod null;
mod server;
mod stack;
mod stats;
mod store;
mod tcp;

pub mod flags;

pub use server::Server;
pub use stack::block_on;

/// The name in the listening line and on the admin port.
pub const NAME: &str = "rust-kv";

/// The version in the listening line and on the admin port.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
