//! What the memory allocator says about itself.

use serde_json::Value;

/// How much memory the allocator holds, or null if it cannot say: glibc's own can.
///
/// It walks its free lists for that with one arena after the other locked: not
/// something to ask in the middle of a measurement.
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    not(feature = "other-allocator")
))]
pub(crate) fn facts() -> Value {
    let Some(info) = mallinfo2() else {
        return Value::Null;
    };
    serde_json::json!({
        "name": "glibc malloc",
        "inUseBytes": info.uordblks,
        "freeBytes": info.fordblks,
        "arenaBytes": info.arena,
        "mmappedBytes": info.hblkhd,
    })
}

#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    not(feature = "other-allocator")
)))]
pub(crate) fn facts() -> Value {
    Value::Null
}

/// glibc's own account, which it gives since 2.33.
///
/// Looked up as the program runs: linked to, an older glibc would not even let it
/// be built.
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    not(feature = "other-allocator")
))]
fn mallinfo2() -> Option<libc::mallinfo2> {
    type Mallinfo2 = unsafe extern "C" fn() -> libc::mallinfo2;
    // SAFETY: the name ends with NUL, and what glibc has under it, if anything, is
    // a function of this type that any thread may call at any time. An `Option` of
    // a function pointer is null when it is `None`.
    unsafe {
        let symbol = libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr());
        let function: Option<Mallinfo2> = std::mem::transmute(symbol);
        function.map(|mallinfo2| mallinfo2())
    }
}

#[cfg(all(
    test,
    target_os = "linux",
    target_env = "gnu",
    not(feature = "other-allocator")
))]
mod tests {
    use super::*;

    #[test]
    fn arenas_are_in_use_or_free() {
        let Some(info) = mallinfo2() else {
            return assert_eq!(facts(), Value::Null);
        };
        assert!(info.uordblks > 0);
        assert_eq!(info.uordblks + info.fordblks, info.arena);
        assert_eq!(facts()["name"], "glibc malloc");
    }

    #[test]
    fn large_allocations_stand_beside_them() {
        const LARGE: usize = 64 << 20;
        let large = std::hint::black_box(Vec::<u8>::with_capacity(LARGE));
        if let Some(info) = mallinfo2() {
            assert!(info.hblkhd >= LARGE);
        }
        drop(large);
    }
}
