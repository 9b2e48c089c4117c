//! papaya: a table that readers never lock, and whose old values are freed when no
//! reader can still see them.

use bytes::Bytes;
use papaya::HashMap;

/// A concurrent map from key to value.
#[derive(Default)]
pub(crate) struct Store {
    map: HashMap<Box<[u8]>, Bytes>,
}

impl Store {
    /// The value of `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.map.pin().get(key).cloned()
    }

    /// Stores `value` under `key`, over whatever was there.
    pub(crate) fn insert(&self, key: Box<[u8]>, value: Bytes) {
        self.map.pin().insert(key, value);
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }
}
