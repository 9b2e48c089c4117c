//! What a client is granted: fair only if it is the same in both languages, so
//! `go-kv/limits.go` has the same names and values, and a test compares the two.

use std::time::Duration;

/// As many workers as there can be: actix panics if asked for more.
pub(crate) const MAX_WORKERS: usize = 512;

/// The longest head of a request that is accepted, in bytes. It is actix's own and can't be set,
/// and those of other stacks are set to it where they can be.
#[allow(dead_code, reason = "says what the other server has to keep to")]
pub(crate) const MAX_HEAD: usize = 128 << 10;

/// The longest body that is accepted, in bytes.
pub(crate) const MAX_BODY: usize = 1 << 20;

/// How much of a body is read and dropped, in bytes, so that a client that is
/// still sending gets to read the answer.
pub(crate) const MAX_DROP: usize = 2 << 20;

/// The longest value of a null target: what a POST can bring, with room for the key.
pub(crate) const MAX_NULL: usize = MAX_BODY - 64;

/// The longest head that a null target accepts, in bytes.
pub(crate) const MAX_NULL_HEAD: usize = 64 << 10;

/// How long a connection may be idle, be it between requests or within one.
pub(crate) const IDLE: Duration = Duration::from_secs(75);

/// How long requests under way have to finish when the server is told to end.
pub(crate) const DRAIN: Duration = Duration::from_secs(3);

/// How long a client that is still sending has to read the answer that ends its connection.
pub(crate) const LINGER: Duration = Duration::from_millis(500);
