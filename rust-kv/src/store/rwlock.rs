//! One read-write lock around one map: readers side by side, a writer alone.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use bytes::Bytes;

/// A map that many threads can read, or one can write.
#[derive(Default)]
pub(crate) struct Store {
    map: RwLock<HashMap<Box<[u8]>, Bytes>>,
}

impl Store {
    /// The value of `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Bytes> {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        map.get(key).cloned()
    }

    /// Stores `value` under `key`, over whatever was there.
    pub(crate) fn insert(&self, key: Box<[u8]>, value: Bytes) {
        let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        let replaced = map.insert(key, value);
        drop(map);
        drop(replaced);
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.map
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}
