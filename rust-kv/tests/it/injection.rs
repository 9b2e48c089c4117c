//! Injected work: in the build that asks for it, and in no other.

use crate::process::Program;

#[cfg(not(feature = "inject"))]
#[test]
fn the_shipped_server_does_not_know_it() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_rust-kv")).unwrap();
    let text = String::from_utf8_lossy(&program);
    for name in ["KV_INJECT_CPU_NS", "KV_INJECT_ALLOC_BYTES"] {
        assert!(!text.contains(name), "{name}");
    }
}

#[cfg(not(feature = "inject"))]
#[test]
fn the_shipped_server_does_not_read_it() {
    let program = Program::start_with(&[], &[("KV_INJECT_CPU_NS", "nonsense")]);
    assert_eq!(program.connect().ask("GET", "/k").status, 404);
}

#[cfg(feature = "inject")]
#[test]
fn a_delay_is_waited_for() {
    use std::time::{Duration, Instant};
    let program = Program::start_with(
        &[],
        &[
            ("KV_INJECT_DELAY_NS", "30000000"),
            ("KV_INJECT_DELAY_SHARE", "1"),
        ],
    );
    let mut client = program.connect();
    let start = Instant::now();
    assert_eq!(client.ask("GET", "/k").status, 404);
    assert!(start.elapsed() >= Duration::from_millis(30));
}
