//! When what was read had arrived, by the kernel: `SO_TIMESTAMPNS`, which Linux alone has for TCP.

use crate::clock::{now_ns, real_ns};
use mio::net::TcpStream;
use std::io;
#[cfg(not(target_os = "linux"))]
use std::io::Read;

/// Two readings of the clocks agree within it; nobody sets a clock by so little.
const LEEWAY_NS: u64 = 1_000;
const ATTEMPTS: usize = 5;

/// Asks the kernel to tell the time of arrival of all that is read from then on; where it can't,
/// reading goes on without.
pub fn ask_for(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    linux::ask_for(stream);
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

/// Reads like `Read::read`; gives when the last of these bytes arrived, in ns of the machine's
/// real-time clock, if the kernel says so.
pub fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<(usize, Option<u64>)> {
    #[cfg(target_os = "linux")]
    return stream.try_io(|| linux::receive(stream, buffer));
    #[cfg(not(target_os = "linux"))]
    return stream.read(buffer).map(|count| (count, None));
}

/// Brings the kernel's times to the monotonic clock. The distance of the two clocks is held against
/// every reading: it changes where somebody sets the real-time clock, and then only.
pub struct Clocks {
    offset: i64,
    /// Until when, by the monotonic clock, times of the kernel may be of before the clock was set.
    doubtful_until: u64,
}

impl Clocks {
    pub fn new() -> Clocks {
        Clocks {
            offset: measure_offset(),
            doubtful_until: 0,
        }
    }

    /// When a request's answer arrived, on the monotonic clock: between its sending and now. None
    /// where the clock was set meanwhile.
    pub fn arrival(&mut self, stamp: u64, sent_at: u64, now: u64) -> Option<u64> {
        self.arrival_by(stamp, sent_at, now, real_ns(), measure_offset)
    }

    fn arrival_by(
        &mut self,
        stamp: u64,
        sent_at: u64,
        now: u64,
        real: u64,
        measure: impl Fn() -> i64,
    ) -> Option<u64> {
        let seen = real as i64 - now as i64;
        if seen.abs_diff(self.offset) > LEEWAY_NS {
            // Or this thread was held up between the two readings: that changes nothing.
            let offset = measure();
            if offset.abs_diff(self.offset) > LEEWAY_NS {
                self.offset = offset;
                self.doubtful_until = now;
            }
        }
        if sent_at <= self.doubtful_until {
            return None;
        }
        let arrived = u64::try_from(stamp as i64 - self.offset).ok()?;
        (sent_at..=now).contains(&arrived).then_some(arrived)
    }
}

/// The distance by the two readings that were closest to each other.
fn measure_offset() -> i64 {
    let attempts = (0..ATTEMPTS).map(|_| {
        let (before, real, after) = (now_ns(), real_ns(), now_ns());
        (
            after - before,
            real as i64 - (before + (after - before) / 2) as i64,
        )
    });
    attempts
        .min_by_key(|(took, _)| *took)
        .map_or(0, |(_, offset)| offset)
}

impl Default for Clocks {
    fn default() -> Clocks {
        Clocks::new()
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use mio::net::TcpStream;
    use std::io;
    use std::mem::{self, MaybeUninit};
    use std::os::fd::AsRawFd;

    pub fn ask_for(stream: &TcpStream) {
        let on: libc::c_int = 1;
        // SAFETY: the option's value is an int that lives through the call. A refusal shows in that
        // no times come.
        unsafe {
            libc::setsockopt(
                stream.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_TIMESTAMPNS,
                (&raw const on).cast(),
                mem::size_of_val(&on) as libc::socklen_t,
            );
        }
    }

    /// Room for one control message with a time; aligned as the kernel wants it.
    #[repr(C, align(8))]
    struct Control([MaybeUninit<u8>; 64]);

    pub fn receive(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<(usize, Option<u64>)> {
        let mut part = libc::iovec {
            iov_base: buffer.as_mut_ptr().cast(),
            iov_len: buffer.len(),
        };
        let mut control = Control([MaybeUninit::uninit(); 64]);
        // SAFETY: all zeros is a header of an empty message.
        let mut message: libc::msghdr = unsafe { mem::zeroed() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut control).cast();
        message.msg_controllen = mem::size_of::<Control>() as _;
        // SAFETY: the header points to a buffer and to room for control messages, both of which
        // outlive the call, with their lengths.
        let count = unsafe { libc::recvmsg(stream.as_raw_fd(), &raw mut message, 0) };
        if count < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((count as usize, time_in(&message)))
    }

    fn time_in(message: &libc::msghdr) -> Option<u64> {
        // SAFETY: the kernel has filled the control messages in, and CMSG_FIRSTHDR and CMSG_NXTHDR
        // give null where no whole header is left; the time is read without asking for alignment.
        unsafe {
            let mut header = libc::CMSG_FIRSTHDR(message);
            while let Some(one) = header.as_ref() {
                let is_time = one.cmsg_level == libc::SOL_SOCKET
                    && one.cmsg_type == libc::SCM_TIMESTAMPNS
                    && one.cmsg_len as u64
                        >= u64::from(libc::CMSG_LEN(mem::size_of::<libc::timespec>() as u32));
                if is_time {
                    let time = libc::CMSG_DATA(one)
                        .cast::<libc::timespec>()
                        .read_unaligned();
                    return Some(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64);
                }
                header = libc::CMSG_NXTHDR(message, one);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    fn clocks() -> Clocks {
        Clocks {
            offset: 5_000_000,
            doubtful_until: 0,
        }
    }

    #[test]
    fn brings_a_time_to_the_monotonic_clock() {
        let arrival = clocks().arrival_by(5_000_700, 100, 1_000, 5_001_000, || 5_000_000);
        assert_eq!(arrival, Some(700));
    }

    #[test]
    fn takes_being_held_up_between_two_readings_for_no_setting_of_the_clock() {
        let mut clocks = clocks();
        let arrival = clocks.arrival_by(5_000_700, 100, 1_000, 5_901_000, || 5_000_010);
        assert_eq!(arrival, Some(700));
        assert_eq!(clocks.offset, 5_000_000);
    }

    #[test]
    fn knows_no_time_of_requests_under_way_while_the_clock_is_set() {
        for step in [HOUR, -HOUR, 50_000, -50_000] {
            let mut clocks = Clocks {
                offset: 2 * HOUR,
                doubtful_until: 0,
            };
            let offset = 2 * HOUR + step;
            let real = |at: u64| (at as i64 + offset) as u64;
            let stamped_before = (200_000 + 2 * HOUR) as u64;
            let now = 400_000;
            assert_eq!(
                clocks.arrival_by(stamped_before, 100_000, now, real(now), || offset),
                None
            );
            assert_eq!(
                clocks.arrival_by(real(420_000), 300_000, 430_000, real(430_000), || offset),
                None
            );
            assert_eq!(
                clocks.arrival_by(real(520_000), 500_000, 530_000, real(530_000), || offset),
                Some(520_000)
            );
        }
    }

    #[test]
    fn believes_no_arrival_before_the_sending_or_after_now() {
        for stamp in [5_000_099, 5_001_001, 0, u64::MAX] {
            let arrival = clocks().arrival_by(stamp, 100, 1_000, 5_001_000, || 5_000_000);
            assert_eq!(arrival, None);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn is_told_by_the_kernel_when_bytes_arrived() -> io::Result<()> {
        use std::io::Write;
        use std::thread::sleep;
        use std::time::Duration;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        let own = std::net::TcpStream::connect(listener.local_addr()?)?;
        own.set_nonblocking(true)?;
        let mut own = TcpStream::from_std(own);
        ask_for(&own);
        let (mut other, _) = listener.accept()?;
        let mut clocks = Clocks::new();
        let mut buffer = [0; 16];
        assert_eq!(
            read(&mut own, &mut buffer).map_err(|error| error.kind()),
            Err(io::ErrorKind::WouldBlock)
        );
        // The kernel begins to keep times a moment after it is asked for the first time.
        sleep(Duration::from_millis(50));
        let sent_at = now_ns();
        other.write_all(b"answer")?;
        let waited = Duration::from_millis(30);
        sleep(waited);
        let (count, stamp) = read(&mut own, &mut buffer)?;
        let now = now_ns();
        assert_eq!(count, 6);
        let arrived = stamp.and_then(|stamp| clocks.arrival(stamp, sent_at, now));
        assert!(arrived.is_some_and(|at| now - at >= waited.as_nanos() as u64));
        Ok(())
    }
}
