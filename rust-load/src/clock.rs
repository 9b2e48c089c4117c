//! The clocks of the machine and of this process.

/// Nanoseconds of the machine's monotonic clock: the one of Node's `process.hrtime`.
pub fn now_ns() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds of the machine's real-time clock, which may be set.
pub fn real_ns() -> u64 {
    read(libc::CLOCK_REALTIME)
}

/// Nanoseconds of CPU that all threads of this process have used.
pub fn cpu_ns() -> u64 {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a timespec that lives through the call.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Ctrl-C reaches the whole group; the parent decides when we end.
pub fn ignore_interrupts() {
    // SAFETY: SIG_IGN is no handler that could do anything.
    unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
}
