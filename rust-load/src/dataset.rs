//! Keys and values, the same as those of `src/load/dataset.ts`.

use crate::random::{Random, derive_seed};
use serde::Deserialize;

/// In how many versions the value of a key comes that was there from the start.
pub const VALUE_VERSIONS: usize = 4;
/// How many keys there are that are never stored.
pub const MISS_KEYS: u32 = 4096;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Sizes of values in bytes, each equally likely.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValueSize {
    pub min_bytes: u32,
    pub max_bytes: u32,
}

impl ValueSize {
    fn draw(self, random: &mut Random) -> u32 {
        self.min_bytes + random.below(self.max_bytes - self.min_bytes + 1)
    }
}

/// The values of all keys: those of a version are drawn when `prepare` first asks for it, those of
/// keys that are added, one by one.
pub struct Dataset {
    keys: u32,
    size: ValueSize,
    seed: u32,
    /// Where each value begins in its version's block, and where the last one ends.
    offsets: Vec<usize>,
    versions: Vec<Box<[u8]>>,
    inserted: Vec<Option<Box<[u8]>>>,
}

impl Dataset {
    pub fn new(keys: u32, size: ValueSize, seed: u32) -> Dataset {
        let mut random = Random::new(derive_seed(seed, &[VALUE_VERSIONS as u32]));
        let mut end = 0;
        let sizes = (0..keys).map(|_| {
            end += size.draw(&mut random) as usize;
            end
        });
        Dataset {
            keys,
            size,
            seed,
            offsets: std::iter::once(0).chain(sizes).collect(),
            versions: Vec::new(),
            inserted: Vec::new(),
        }
    }

    /// In how many versions the key's value comes: one that was inserted has one only.
    pub fn versions_of(&self, key: u32) -> u8 {
        if key < self.keys {
            VALUE_VERSIONS as u8
        } else {
            1
        }
    }

    /// Draws the values of the first so many versions.
    pub fn prepare(&mut self, versions: usize) {
        for version in self.versions.len()..versions {
            let mut random = Random::new(derive_seed(self.seed, &[version as u32]));
            let mut block = vec![0; self.offsets.last().copied().unwrap_or(0)];
            for pair in self.offsets.windows(2) {
                fill(&mut block[pair[0]..pair[1]], version, &mut random);
            }
            self.versions.push(block.into());
        }
    }

    /// Draws the value of a key that is added.
    pub fn insert(&mut self, key: u32) {
        let index = (key - self.keys) as usize;
        if index >= self.inserted.len() {
            self.inserted.resize(index + 1, None);
        }
        if self.inserted[index].is_none() {
            let path = [VALUE_VERSIONS as u32 + 1, key];
            let mut random = Random::new(derive_seed(self.seed, &path));
            let mut value = vec![0; self.size.draw(&mut random) as usize];
            fill(&mut value, 0, &mut random);
            self.inserted[index] = Some(value.into());
        }
    }

    /// A version of the key's value; empty where it was never drawn.
    pub fn value(&self, key: u32, version: u8) -> &[u8] {
        if key < self.keys {
            let (start, end) = (self.offsets[key as usize], self.offsets[key as usize + 1]);
            let block = self.versions.get(usize::from(version));
            block.map_or(&[], |block| &block[start..end])
        } else {
            let inserted = self.inserted.get((key - self.keys) as usize);
            inserted.and_then(Option::as_deref).unwrap_or(&[])
        }
    }
}

/// The first byte tells the version, so that no two versions are equal by chance.
fn fill(value: &mut [u8], version: usize, random: &mut Random) {
    let Some((first, rest)) = value.split_first_mut() else {
        return;
    };
    *first = ALPHABET[version % ALPHABET.len()];
    for byte in rest {
        *byte = ALPHABET[(random.next_u32() >> 26) as usize];
    }
}

/// A key's name without an allocation: `key:` or `mis:` and at least eight digits.
pub struct KeyName {
    bytes: [u8; 14],
    len: usize,
}

impl KeyName {
    pub fn new(index: u32, missing: bool) -> KeyName {
        let mut bytes = *if missing {
            b"mis:0000000000"
        } else {
            b"key:0000000000"
        };
        let digits = if index < 100_000_000 {
            8
        } else {
            10 - usize::from(index < 1_000_000_000)
        };
        let mut rest = index;
        for place in (4..4 + digits).rev() {
            bytes[place] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        KeyName {
            bytes,
            len: 4 + digits,
        }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
