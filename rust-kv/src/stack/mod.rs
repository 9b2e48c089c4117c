//! What stands between the sockets and the [`Handler`](crate::handler::Handler): one of
//! several, chosen by a feature as it is built.
//!
//! Each serves both ports, the store's on threads of its own and the admin's beside
//! them, and each has
//!
//! - `block_on`, which runs the program,
//! - `serve_store` and `serve_admin`, which give what is `Running` and can be stopped,
//! - `TASKS_ARE_KNOWN`, whether connections are tasks that tokio counts.

mod actix;

pub use actix::block_on;
pub(crate) use actix::{Running, TASKS_ARE_KNOWN, serve_admin, serve_store};
