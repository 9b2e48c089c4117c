//! From a request path to the key that it names.

use std::borrow::Cow;

/// Percent-decodes `raw` exactly once, as bytes; `None` if an escape is malformed.
///
/// Borrows when there is nothing to decode, so that the usual read allocates no key.
pub(crate) fn decode(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    let Some(mut escape) = find_escape(raw) else {
        return Some(Cow::Borrowed(raw));
    };
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw;
    loop {
        let (plain, escaped) = rest.split_at(escape);
        let (&[_, high, low], tail) = escaped.split_first_chunk()?;
        decoded.extend_from_slice(plain);
        decoded.push(hex(high)? << 4 | hex(low)?);
        rest = tail;
        match find_escape(rest) {
            Some(next) => escape = next,
            None => break,
        }
    }
    decoded.extend_from_slice(rest);
    Some(Cow::Owned(decoded))
}

fn find_escape(raw: &[u8]) -> Option<usize> {
    raw.iter().position(|&byte| byte == b'%')
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_once_and_as_bytes() {
        let table: &[(&[u8], &[u8])] = &[
            (b"", b""),
            (b"plain", b"plain"),
            (b"a+b", b"a+b"),
            (b"/", b"/"),
            (b"a//b/../c/.", b"a//b/../c/."),
            (b"%2F", b"/"),
            (b"%2f", b"/"),
            (b"a%20b", b"a b"),
            (b"%41%42c", b"ABc"),
            (b"%2520", b"%20"),
            (b"%00", b"\0"),
            (b"%ff%FE", b"\xff\xfe"),
            (b"\xc3\xa9", b"\xc3\xa9"),
            (b"%C3%A9", b"\xc3\xa9"),
            (b"x%3Dy%26", b"x=y&"),
        ];
        for (raw, key) in table {
            assert_eq!(decode(raw).as_deref(), Some(*key), "{}", raw.escape_ascii());
        }
    }

    #[test]
    fn refuses_malformed_escapes() {
        let table: &[&[u8]] = &[
            b"%", b"%4", b"%zz", b"%4z", b"%z4", b"a%", b"%41%", b"%%41", b"%+1", b"% 1", b"%-1",
        ];
        for raw in table {
            assert_eq!(decode(raw), None, "{}", raw.escape_ascii());
        }
    }

    #[test]
    fn borrows_what_needs_no_decoding() {
        assert!(matches!(decode(b"a+b/c"), Some(Cow::Borrowed(_))));
        assert!(matches!(decode(b"%41"), Some(Cow::Owned(_))));
    }
}
