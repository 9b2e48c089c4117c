//! Many small maps, each behind a lock of its own; a key's hash says in which it is.

use std::{
    array,
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

/// As many as `go-kv` has. Far more than CPUs, so that two workers rarely want the same.
const SHARDS: usize = 64;

type Map = HashMap<Box<[u8]>, Bytes>;

/// A lock in a cache line of its own: its neighbours' users must not slow its own.
#[derive(Default)]
#[repr(align(64))]
struct Shard(Mutex<Map>);

/// A map in parts.
pub(crate) struct Store {
    hasher: RandomState,
    shards: [Shard; SHARDS],
}

impl Default for Store {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: array::from_fn(|_| Shard::default()),
        }
    }
}

impl Store {
    /// The value of `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.shard_of(key).get(key).cloned()
    }

    /// Stores `value` under `key`, over whatever was there.
    pub(crate) fn insert(&self, key: Box<[u8]>, value: Bytes) {
        let mut shard = self.shard_of(&key);
        let replaced = shard.insert(key, value);
        drop(shard);
        drop(replaced);
    }

    /// How many keys there are. A moment that never was, if others write meanwhile.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    fn shard_of(&self, key: &[u8]) -> MutexGuard<'_, Map> {
        // The highest bits: the lowest ones choose the place within a map whose
        // hasher is another, but may one day not be.
        let hash = self.hasher.hash_one(key);
        lock(&self.shards[(hash >> (u64::BITS - SHARDS.ilog2())) as usize])
    }
}

fn lock(Shard(map): &Shard) -> MutexGuard<'_, Map> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}
