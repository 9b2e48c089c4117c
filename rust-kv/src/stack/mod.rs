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
    feature = "stack-smol",
    feature = "stack-tokio",
    feature = "stack-warp"
)))]
compile_error!("There is no stack: choose one, as --features stack-axum, or leave the default.");
#[cfg(any(
    all(
        feature = "stack-actix",
        any(
            feature = "stack-axum",
            feature = "stack-hyper",
            feature = "stack-smol",
            feature = "stack-tokio",
            feature = "stack-warp"
        )
    ),
    all(
        feature = "stack-axum",
        any(
            feature = "stack-hyper",
            feature = "stack-smol",
            feature = "stack-tokio",
            feature = "stack-warp"
        )
    ),
    all(
        feature = "stack-hyper",
        any(
            feature = "stack-smol",
            feature = "stack-tokio",
            feature = "stack-warp"
        )
    ),
    all(
        feature = "stack-smol",
        any(feature = "stack-tokio", feature = "stack-warp")
    ),
    all(feature = "stack-tokio", feature = "stack-warp"),
))]
compile_error!("There are two stacks: say --no-default-features with one that is not the default.");

#[cfg(feature = "stack-actix")]
mod actix;
#[cfg(feature = "stack-axum")]
mod axum;
#[cfg(any(feature = "on-hyper", feature = "stack-tokio"))]
mod connections;
#[cfg(feature = "on-hyper")]
mod http1;
#[cfg(feature = "stack-hyper")]
mod hyper;
#[cfg(any(feature = "stack-axum", feature = "on-hyper"))]
mod response;
#[cfg(feature = "stack-smol")]
mod smol;
#[cfg(any(feature = "stack-axum", feature = "on-hyper"))]
mod socket;
#[cfg(not(feature = "stack-actix"))]
mod threads;
#[cfg(feature = "stack-tokio")]
mod tokio;
#[cfg(feature = "stack-warp")]
mod warp;

#[cfg(feature = "stack-actix")]
pub(crate) use self::actix::{Running, TASKS_ARE_KNOWN, serve_admin, serve_store};
#[cfg(feature = "stack-axum")]
pub(crate) use self::axum::{serve_admin, serve_store};
#[cfg(feature = "stack-hyper")]
pub(crate) use self::hyper::{serve_admin, serve_store};
#[cfg(feature = "stack-smol")]
pub(crate) use self::smol::{Running, TASKS_ARE_KNOWN, serve_admin, serve_store};
#[cfg(feature = "stack-tokio")]
pub(crate) use self::tokio::{serve_admin, serve_store};
#[cfg(feature = "stack-warp")]
pub(crate) use self::warp::{serve_admin, serve_store};
#[cfg(not(any(feature = "stack-actix", feature = "stack-smol")))]
pub(crate) use threads::{Running, TASKS_ARE_KNOWN};

#[cfg(feature = "stack-actix")]
pub use self::actix::block_on;
#[cfg(not(feature = "stack-actix"))]
pub use threads::block_on;
