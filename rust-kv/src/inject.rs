//! Work that every request costs besides its own: what a careless change would
//! do to the server, in a known amount. Only in a build with the feature `inject`.

use std::{
    env, hint, io,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use tokio::task::spawn_blocking;

/// How much, from the environment.
#[derive(Debug, Default)]
pub(crate) struct Injection {
    /// Of spinning, by the clock.
    cpu: Duration,
    /// Without CPU, on a share of the requests.
    delay: Duration,
    delay_share: f64,
    /// Bytes, freed at once.
    allocate: usize,
    requests: AtomicU64,
}

impl Injection {
    /// From `KV_INJECT_CPU_NS`, `KV_INJECT_DELAY_NS`, `KV_INJECT_DELAY_SHARE` and
    /// `KV_INJECT_ALLOC_BYTES`.
    pub(crate) fn from_env() -> io::Result<Self> {
        Self::from(|name| env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn from(lookup: impl Fn(&str) -> Option<String>) -> io::Result<Self> {
        let number = |name: &str, absent: f64, most: f64| match lookup(name) {
            None => Ok(absent),
            Some(text) => match text.parse() {
                Ok(value) if (0.0..=most).contains(&value) => Ok(value),
                _ => Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("{name} must be a number from 0 to {most}, not {text:?}"),
                )),
            },
        };
        let nanos = |value: f64| Duration::from_secs_f64(value / 1e9);
        Ok(Self {
            cpu: nanos(number("KV_INJECT_CPU_NS", 0.0, 1e9)?),
            delay: nanos(number("KV_INJECT_DELAY_NS", 0.0, 1e10)?),
            delay_share: number("KV_INJECT_DELAY_SHARE", 0.02, 1.0)?,
            // At most 64 MiB, so nothing is lost.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            allocate: number("KV_INJECT_ALLOC_BYTES", 0.0, 67_108_864.0)? as usize,
            requests: AtomicU64::new(0),
        })
    }

    /// Does the work of one request.
    pub(crate) async fn work(&self) {
        if self.allocate > 0 {
            // Not zeroes, which the kernel would promise and never give.
            hint::black_box(vec![1_u8; self.allocate]);
        }
        let start = Instant::now();
        while start.elapsed() < self.cpu {}
        if self.delay > Duration::ZERO
            && self.is_delayed(self.requests.fetch_add(1, Ordering::Relaxed) + 1)
        {
            // A thread's sleep: tokio's own would round up to a millisecond.
            let delay = self.delay;
            let _ = spawn_blocking(move || thread::sleep(delay)).await;
        }
    }

    /// Chooses requests by their number, scattered (`SplitMix64`: Steele, Lea and
    /// Flood, 2014), so that they stand in no rhythm with anything else.
    fn is_delayed(&self, n: u64) -> bool {
        let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        // 53 bits fit a float exactly.
        #[allow(clippy::cast_precision_loss)]
        let uniform = (z >> 11) as f64 / (1_u64 << 53) as f64;
        uniform < self.delay_share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injection(name: &str, value: &str) -> io::Result<Injection> {
        Injection::from(|asked| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn nothing_is_asked_for() {
        let none = Injection::from(|_| None).unwrap();
        assert_eq!((none.cpu, none.delay), (Duration::ZERO, Duration::ZERO));
        assert_eq!((none.delay_share, none.allocate), (0.02, 0));
    }

    #[test]
    fn nonsense_is_told() {
        for (name, value) in [
            ("KV_INJECT_CPU_NS", "much"),
            ("KV_INJECT_CPU_NS", "-1"),
            ("KV_INJECT_DELAY_NS", "NaN"),
            ("KV_INJECT_DELAY_SHARE", "1.1"),
            ("KV_INJECT_ALLOC_BYTES", ""),
        ] {
            let error = injection(name, value).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    // A spin and a sleep end by the clock and no sooner, on any machine.
    #[test]
    fn cpu_and_delay_take_their_time() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let start = Instant::now();
        runtime.block_on(injection("KV_INJECT_CPU_NS", "3e6").unwrap().work());
        assert!(start.elapsed() >= Duration::from_millis(3));
        let slow = Injection {
            delay: Duration::from_millis(20),
            delay_share: 1.0,
            ..Injection::default()
        };
        let start = Instant::now();
        runtime.block_on(slow.work());
        assert!(start.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn a_delay_hits_its_share() {
        for share in [0.0, 0.02, 0.5, 1.0] {
            let some = Injection {
                delay_share: share,
                ..Injection::default()
            };
            let hit = (1..=100_000).filter(|&n| some.is_delayed(n)).count();
            let got = f64::from(u32::try_from(hit).unwrap()) / 100_000.0;
            assert!((got - share).abs() < 0.01, "{got} of the requests");
        }
    }
}
