//! The admin port: whether the process lives, and how it is doing.

use std::{process, sync::Arc, time::Instant};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header::ContentType},
};
use serde_json::json;

use crate::{NAME, VERSION, allocator, stats::Stats, store::Store};

/// What the admin port reports on.
pub(crate) struct Admin {
    pub(crate) store: Arc<Store>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) workers: usize,
    pub(crate) started: Instant,
}

impl Admin {
    pub(crate) fn handle(&self, request: &HttpRequest) -> HttpResponse {
        match (request.method(), request.path()) {
            (&Method::GET, "/health") => text(HttpResponse::Ok(), "ok"),
            (&Method::GET, "/runtime") => HttpResponse::Ok()
                .content_type(ContentType::json())
                .body(self.runtime().to_string()),
            _ => text(HttpResponse::NotFound(), "Not found"),
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

fn text(mut response: actix_web::HttpResponseBuilder, body: &'static str) -> HttpResponse {
    response.content_type(ContentType::plaintext()).body(body)
}
