//! The map behind both ports: one of several, chosen by a feature as it is built.
//!
//! Each keeps the same promises. The hasher is the standard library's in all: keys come
//! from clients, and a faster one without a secret seed would let them choose keys that
//! collide. No method hands out a guard, so none can be held across an await, where it
//! could block the other workers; a value is a handle on bytes, not a copy of them.

#[cfg(any(
    test,
    not(any(
        feature = "store-mutex",
        feature = "store-rwlock",
        feature = "store-shards",
        feature = "store-papaya"
    ))
))]
mod dashmap;
#[cfg(any(test, feature = "store-mutex"))]
mod mutex;
#[cfg(any(test, feature = "store-papaya"))]
mod papaya;
#[cfg(any(test, feature = "store-rwlock"))]
mod rwlock;
#[cfg(any(test, feature = "store-shards"))]
mod shards;

#[cfg(not(any(
    feature = "store-mutex",
    feature = "store-rwlock",
    feature = "store-shards",
    feature = "store-papaya"
)))]
pub(crate) use dashmap::Store;
#[cfg(feature = "store-mutex")]
pub(crate) use mutex::Store;
#[cfg(feature = "store-papaya")]
pub(crate) use papaya::Store;
#[cfg(feature = "store-rwlock")]
pub(crate) use rwlock::Store;
#[cfg(feature = "store-shards")]
pub(crate) use shards::Store;

#[cfg(test)]
mod tests;
