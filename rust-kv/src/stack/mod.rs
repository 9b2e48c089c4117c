//! What stands between the sockets and the [`Handler`](crate::handler::Handler): one of
//! several, chosen by a feature as it is built.
//!
//! Each serves both ports, the store's on threads of its own and the admin's beside
//! them, and each has
//!
//! - `block_on`, which runs the program,
//! - `serve_store` and `serve_admin`, which give what is `Running` and can be stopped,
//! - `TASKS_ARE_KNOWN`, whether connections are tasks that tokio counts.

#[cfg(not(any(
    feature = "stack-actix",
    feature = "stack-axum",
    feature = "stack-hyper",
    feature = "stack-tokio"
)))]
compile_error!("There is no stack: choose one, as --features stack-axum, or leave the default.");
#[cfg(any(
    all(
        feature = "stack-actix",
        any(
            feature = "stack-axum",
            feature = "stack-hyper",
            feature = "stack-tokio"
        )
    ),
    all(
        feature = "stack-axum",
        any(feature = "stack-hyper", feature = "stack-tokio")
    ),
    all(feature = "stack-hyper", feature = "stack-tokio"),
))]
compile_error!("There are two stacks: say --no-default-features with one that is not the default.");

#[cfg(feature = "stack-actix")]
mod actix;
#[cfg(feature = "stack-axum")]
mod axum;
#[cfg(any(feature = "stack-hyper", feature = "stack-tokio"))]
mod connections;
#[cfg(feature = "stack-hyper")]
mod hyper;
#[cfg(any(feature = "stack-axum", feature = "stack-hyper"))]
mod response;
#[cfg(any(feature = "stack-axum", feature = "stack-hyper"))]
mod socket;
#[cfg(not(feature = "stack-actix"))]
mod threads;
#[cfg(feature = "stack-tokio")]
mod tokio;

#[cfg(feature = "stack-actix")]
pub(crate) use self::actix::{Running, TASKS_ARE_KNOWN, serve_admin, serve_store};
#[cfg(feature = "stack-axum")]
pub(crate) use self::axum::{serve_admin, serve_store};
#[cfg(feature = "stack-hyper")]
pub(crate) use self::hyper::{serve_admin, serve_store};
#[cfg(feature = "stack-tokio")]
pub(crate) use self::tokio::{serve_admin, serve_store};
#[cfg(not(feature = "stack-actix"))]
pub(crate) use threads::{Running, TASKS_ARE_KNOWN};

#[cfg(feature = "stack-actix")]
pub use self::actix::block_on;
#[cfg(not(feature = "stack-actix"))]
pub use threads::block_on;
