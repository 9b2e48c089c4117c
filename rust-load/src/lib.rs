//! kvbench's native load engine: one process that plays what Node has planned.
//!
//! `wire` is what comes and goes on stdio, `engine` answers calls, `turns` is the loop in which a
//! stretch of load is played, with the ways of requests and answers in `turns/sending` and
//! `turns/answering`. `phase` decides whose turn it is and counts how it went, `server` and
//! `connection` hold what is known of either, `answer` reads what comes back, `segments` puts
//! requests together, `expect` holds answers against them, `outcome` is what is told in the end.
//! `dataset`, `random`, `schedule`, `store` and `timeline` compute what the TypeScript of the same
//! names does; `fixtures/load` holds the two together.

pub mod answer;
pub mod clock;
pub mod connection;
pub mod dataset;
pub mod engine;
pub mod expect;
pub mod outcome;
pub mod phase;
pub mod random;
pub mod schedule;
pub mod segments;
pub mod server;
pub mod stamps;
pub mod store;
pub mod timeline;
pub mod turns;
pub mod wire;
