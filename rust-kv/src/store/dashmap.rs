//! dashmap: shards of hash tables behind read-write locks.

use bytes::Bytes;
use dashmap::DashMap;

/// A concurrent map from key to value.
#[derive(Default)]
pub(crate) struct Store {
    map: DashMap<Box<[u8]>, Bytes>,
}

impl Store {
    /// The value of `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.map.get(key).map(|entry| entry.value().clone())
    }

    /// Stores `value` under `key`, over whatever was there.
    pub(crate) fn insert(&self, key: Box<[u8]>, value: Bytes) {
        self.map.insert(key, value);
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }
}
