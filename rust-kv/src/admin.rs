//! The admin port: whether the process lives, and how it is doing.

use std::{process, sync::Arc, time::Instant};

use serde_json::json;

use crate::{
    NAME, VERSION, allocator,
    answer::{Reply, text},
    stats::Stats,
    store::Store,
};

/// What the admin port reports on.
pub(crate) struct Admin {
    pub(crate) store: Arc<Store>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) workers: usize,
    pub(crate) started: Instant,
}

impl Admin {
    pub(crate) fn reply(&self, method: &str, path: &[u8]) -> Reply {
        match (method, path) {
            ("GET", b"/health") => Reply::new(200, text("ok"), false),
            ("GET", b"/runtime") => Reply {
                content_type: "application/json",
                ..Reply::new(200, self.runtime().to_string().into(), false)
            },
            _ => Reply::new(404, text("Not found"), false),
        }
    }

    fn runtime(&self) -> serde_json::Value {
        json!({
            "name": NAME,
            "version": VERSION,
            "pid": process::id(),
            "workers": self.workers,
            "uptimeMs": u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "keys": self.store.len(),
            "counters": self.stats.counters(),
            "rust": {
                "tokio": self.stats.tokio(),
                "allocator": allocator::facts(),
            },
        })
    }
}
