//! The contract over real sockets. Requests are written as raw bytes, because
//! any client library would tidy up the very things that are under test.

mod admin;
mod bodies;
mod client;
mod connections;
mod injection;
mod keys;
mod methods;
mod null;
mod process;
mod server;
