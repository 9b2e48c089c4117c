//! One lock around one map: what is written first.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

/// A map that one thread at a time can use.
#[derive(Default)]
pub(crate) struct Store {
    map: Mutex<HashMap<Box<[u8]>, Bytes>>,
}

impl Store {
    /// The value of `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.lock().get(key).cloned()
    }

    /// Stores `value` under `key`, over whatever was there.
    pub(crate) fn insert(&self, key: Box<[u8]>, value: Bytes) {
        // What was there is dropped when the lock is free again.
        let _replaced = self.lock().insert(key, value);
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// A map whose user panicked is as whole as any: nothing is done to it in steps.
    fn lock(&self) -> MutexGuard<'_, HashMap<Box<[u8]>, Bytes>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
