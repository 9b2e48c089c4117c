//! The map behind both ports.

use bytes::Bytes;
use dashmap::DashMap;

/// A concurrent map from key to value.
///
/// The hasher is the standard library's: keys come from clients, and a faster
/// one without a secret seed would let them choose keys that collide.
#[derive(Default)]
pub(crate) struct Store {
    map: DashMap<Box<[u8]>, Bytes>,
}

impl Store {
    /// The value of `key`: a new handle on the same bytes, not a copy of them.
    ///
    /// No method hands out a guard, so none can be held across an await, where it
    /// could block the other workers.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_stands() {
        let store = Store::default();
        assert_eq!(store.get(b"k"), None);
        store.insert(Box::from(*b"k"), Bytes::from_static(b"1"));
        store.insert(Box::from(*b"k"), Bytes::from_static(b"2"));
        assert_eq!(store.get(b"k").as_deref(), Some(&b"2"[..]));
        assert_eq!(store.len(), 1);
    }
}
