//! One table for all stores: whichever is chosen, the server promises the same.

use std::thread;

use bytes::Bytes;

/// The tests of one store, in a module of its own.
macro_rules! table {
    ($name:ident) => {
        mod $name {
            use super::*;
            use crate::store::$name::Store;

            #[test]
            fn the_last_value_stands() {
                let store = Store::default();
                assert_eq!(store.get(b"k"), None);
                store.insert(Box::from(*b"k"), Bytes::from_static(b"1"));
                store.insert(Box::from(*b"k"), Bytes::from_static(b"2"));
                assert_eq!(store.get(b"k").as_deref(), Some(&b"2"[..]));
                assert_eq!(store.len(), 1);
            }

            #[test]
            fn keys_are_bytes_and_stand_apart() {
                let store = Store::default();
                let keys: Vec<Vec<u8>> = (0..500u16)
                    .map(|n| n.to_be_bytes().to_vec())
                    .chain([vec![], vec![0], vec![0xff; 300]])
                    .collect();
                for key in &keys {
                    store.insert(key.clone().into(), Bytes::copy_from_slice(key));
                }
                for key in &keys {
                    assert_eq!(store.get(key).as_deref(), Some(&key[..]));
                }
                assert_eq!(store.len(), keys.len());
                assert_eq!(store.get(b"another"), None);
            }

            /// Whoever reads sees a value that somebody has written whole, and what a thread
            /// wrote it reads again or something newer.
            #[test]
            fn readers_and_writers_of_the_same_keys() {
                const WRITES: u32 = 2000;
                let store = Store::default();
                thread::scope(|scope| {
                    for writer in 0..2u32 {
                        let store = &store;
                        scope.spawn(move || {
                            for n in 1..=WRITES {
                                let value = value_of(writer, n);
                                store.insert(Box::from(*b"shared"), value.clone());
                                store.insert(writer.to_be_bytes().into(), value.clone());
                                assert_eq!(store.get(&writer.to_be_bytes()), Some(value));
                            }
                        });
                    }
                    for _ in 0..2 {
                        scope.spawn(|| {
                            let mut newest = [0; 2];
                            for _ in 0..WRITES {
                                for writer in 0..2u32 {
                                    let Some(value) = store.get(&writer.to_be_bytes()) else {
                                        continue;
                                    };
                                    let (from, n) = parts_of(&value);
                                    assert_eq!(from, writer);
                                    assert!(n >= newest[writer as usize], "an old value came back");
                                    newest[writer as usize] = n;
                                }
                                if let Some(value) = store.get(b"shared") {
                                    parts_of(&value);
                                }
                            }
                        });
                    }
                });
                assert_eq!(store.len(), 3);
                for writer in 0..2u32 {
                    let last = store.get(&writer.to_be_bytes()).unwrap();
                    assert_eq!(parts_of(&last), (writer, WRITES));
                }
            }
        }
    };
}

/// A value long enough to be torn, if anything could tear it.
fn value_of(writer: u32, n: u32) -> Bytes {
    let one = [writer.to_be_bytes(), n.to_be_bytes()].concat();
    Bytes::from(one.repeat(32))
}

fn parts_of(value: &[u8]) -> (u32, u32) {
    let (one, _) = value.split_at(8);
    assert_eq!(value, one.repeat(32), "a value of two writes");
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    (number(&one[..4]), number(&one[4..]))
}

table!(dashmap);
table!(mutex);
table!(papaya);
table!(rwlock);
table!(shards);
