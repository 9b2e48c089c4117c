//! What a server must hold after the writes so far; see `src/load/store-model.ts`.

use crate::dataset::{Dataset, VALUE_VERSIONS};
use serde::Deserialize;

/// Which keys are this generator's: those whose number leaves `index` when divided by `count`.
#[derive(Clone, Copy, Deserialize)]
pub struct Share {
    pub index: u32,
    pub count: u32,
}

#[derive(Clone, Copy)]
struct Cell {
    newest: u8,
    doubtful: bool,
    written: bool,
    under_way: u16,
}

/// A key that was never stored: the first write stores version 0.
const FRESH: Cell = Cell {
    newest: VALUE_VERSIONS as u8 - 1,
    doubtful: false,
    written: false,
    under_way: 0,
};

/// The model of a fresh store. A value is uncertain when two writes of its key were under way at
/// once, and when a write had no answer; the next undisturbed write makes it certain again.
pub struct StoreModel {
    cells: Vec<Cell>,
    share: Share,
    /// One's own keys in the order of their numbers: the n-th is index + n * count.
    own: u32,
    inserting: Vec<u32>,
}

/// Keys that were written, by whether their value is certain.
pub struct Written {
    pub certain: Vec<u32>,
    pub uncertain: Vec<u32>,
}

impl StoreModel {
    pub fn new(keys: u32, share: Share) -> StoreModel {
        StoreModel {
            cells: vec![FRESH; keys as usize],
            share,
            own: keys.saturating_sub(share.index).div_ceil(share.count),
            inserting: Vec::new(),
        }
    }

    pub fn version(&self, key: u32) -> u8 {
        self.cells[key as usize].newest
    }

    pub fn is_uncertain(&self, key: u32) -> bool {
        let cell = self.cells[key as usize];
        cell.under_way != 0 || cell.doubtful
    }

    /// Begins a write of the key's next value, and gives its version.
    pub fn begin_write(&mut self, key: u32, dataset: &Dataset) -> u8 {
        let cell = &mut self.cells[key as usize];
        cell.newest = (cell.newest + 1) % dataset.versions_of(key);
        cell.doubtful = cell.under_way != 0;
        cell.under_way += 1;
        cell.written = true;
        cell.newest
    }

    /// Ends a write: the server confirmed it, or there is no telling.
    pub fn end_write(&mut self, key: u32, confirmed: bool) {
        let cell = &mut self.cells[key as usize];
        cell.under_way -= 1;
        cell.doubtful |= !confirmed;
        self.inserting.retain(|inserting| *inserting != key);
    }

    /// The number of a key that was never there, to be written next.
    pub fn insert(&mut self) -> u32 {
        let key = self.share.index + self.own * self.share.count;
        self.own += 1;
        if key as usize >= self.cells.len() {
            self.cells.resize(key as usize + 1, FRESH);
        }
        self.inserting.push(key);
        key
    }

    /// The key that is `distance` insertions older than the newest one that can be read.
    pub fn recent(&self, distance: u32) -> u32 {
        let Share { index, count } = self.share;
        let oldest = self.inserting.iter().map(|key| (key - index) / count).min();
        let readable = oldest.unwrap_or(self.own).saturating_sub(1);
        index + readable.saturating_sub(distance) * count
    }

    /// Keys that were written since this was last asked.
    pub fn take_written(&mut self) -> Written {
        let mut written = Written {
            certain: Vec::new(),
            uncertain: Vec::new(),
        };
        for (key, cell) in self.cells.iter_mut().enumerate() {
            if std::mem::take(&mut cell.written) {
                let keys = if cell.doubtful {
                    &mut written.uncertain
                } else {
                    &mut written.certain
                };
                keys.push(key as u32);
            }
        }
        written
    }
}
