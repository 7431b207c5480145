//! What JSON strings say, escaped once and twice.
//!
//! The host passes strings inside of strings, so most of what an envelope costs is here. The common escapes are read in
//! one go; a string with any other is left to `serde_json`, which knows them all.

use std::borrow::Cow;

/// What a JSON string says, borrowed where it says what is written.
pub(super) fn string(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if plain(inside.as_bytes(), 0) == inside.len() {
        return Some(Cow::Borrowed(inside));
    }
    let said = unescaped(inside).or_else(|| serde_json::from_str(json).ok());
    said.map(Cow::Owned)
}

/// What the inside of a JSON string says, if only common escapes are in it.
fn unescaped(inside: &str) -> Option<String> {
    let bytes = inside.as_bytes();
    let mut said = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (meant, length) = match &bytes[at..] {
            _ if !is_special(*byte) => (*byte, 1),
            [b'\\', b'"', ..] => (b'"', 2),
            [b'\\', b'\\', ..] => (b'\\', 2),
            [b'\\', b'n', ..] => (b'\n', 2),
            _ => return None,
        };
        said.push(meant);
        at += length;
    }
    String::from_utf8(said).ok()
}

/// What a JSON string in a JSON string says that this text begins with, if it is an object and only common escapes are
/// in it; and the length of the outer string. Nearly every character of the object's syntax has three backslashes before
/// it.
pub(super) fn object_said_twice(text: &str) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let mut at = br#""\""#.len();
    if !bytes.starts_with(br#""\"{"#) {
        return None;
    }
    // The envelope says everything several times over.
    let mut said = Vec::with_capacity(bytes.len() / 4);
    loop {
        let byte = *bytes.get(at)?;
        let (meant, length) = match &bytes[at..] {
            _ if !is_special(byte) => (byte, 1),
            [b'\\', b'\\', b'\\', b'"', ..] => (b'"', 4),
            [b'\\', b'\\', b'\\', b'\\', ..] => (b'\\', 4),
            [b'\\', b'\\', b'n', ..] => (b'\n', 3),
            [b'\\', b'\\', b'r', ..] => (b'\r', 3),
            [b'\\', b'\\', b't', ..] => (b'\t', 3),
            [b'\\', b'"', b'"', ..] => return Some((String::from_utf8(said).ok()?, at + 3)),
            _ => return None,
        };
        said.push(meant);
        at += length;
    }
}

/// Behind the bytes from `at` on that stand for themselves in a JSON string: no quote, backslash or control character.
///
/// Most strings of an envelope have a few bytes, for which looking at each is fastest; a long one is gone through eight
/// at a time.
#[inline]
pub(super) fn plain(bytes: &[u8], mut at: usize) -> usize {
    let long = at + 16;
    while let Some(byte) = bytes.get(at) {
        if is_special(*byte) {
            return at;
        }
        at += 1;
        if at == long {
            return plain_by_eight(bytes, at);
        }
    }
    at
}

fn plain_by_eight(bytes: &[u8], mut at: usize) -> usize {
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let special = special_of(u64::from_le_bytes(*eight));
        if special != 0 {
            // Of the marks only the first counts: a borrow can set those behind it.
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.iter().skip(at);
    at + rest.take_while(|byte| !is_special(**byte)).count()
}

/// A mark in each of eight bytes that is special; those behind the first may be wrong.
fn special_of(eight: u64) -> u64 {
    const fn all(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    // A byte below `limit`, which is at most 128, borrows from its highest bit; bytes that had it set do not count.
    let below = |bytes: u64, limit: u8| bytes.wrapping_sub(all(limit)) & !bytes;
    let is = |byte: u8| below(eight ^ all(byte), 1);
    (is(b'"') | is(b'\\') | below(eight, b' ')) & all(0x80)
}

/// Whether a byte does not stand for itself in a JSON string.
fn is_special(byte: u8) -> bool {
    const SPECIAL: [bool; 256] = {
        let mut special = [false; 256];
        let mut control = 0;
        while control < b' ' {
            special[control as usize] = true;
            control += 1;
        }
        special[b'"' as usize] = true;
        special[b'\\' as usize] = true;
        special
    };
    SPECIAL[usize::from(byte)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_stands_for_itself_ends_where_something_else_begins() {
        for end in 0..40 {
            for special in [b'"', b'\\', 0, b'\n', 0x1f] {
                let mut bytes = vec![b'!'; 40];
                bytes[end] = special;
                assert_eq!(plain(&bytes, 0), end, "{special:#x}");
                // Whatever follows the first does not matter, nor what lies before the beginning.
                bytes[end + 1..].fill(b'"');
                bytes[..end / 2].fill(b'"');
                assert_eq!(plain(&bytes, end / 2), end, "{special:#x}");
            }
        }
        let all: Vec<u8> = (b' '..=u8::MAX)
            .filter(|byte| !b"\"\\".contains(byte))
            .collect();
        assert_eq!(plain(&all, 0), all.len());
        assert_eq!(plain(&all, all.len()), all.len());
    }

    proptest! {
        #[test]
        fn a_string_is_what_a_reader_reads(
            json in "\"[a\\\\\"n/u0\u{1}é]{0,20}\"?", text: String,
        ) {
            let read: Option<String> = serde_json::from_str(&json).ok();
            let found = string(&json);
            prop_assert_eq!(found.as_deref(), read.as_deref());
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(string(&json).unwrap(), text);
        }

        /// Whatever is taken here, a full reader takes for the same, and as long.
        #[test]
        fn an_object_said_twice_is_what_a_reader_reads(
            inside in r#"([a{ é"\n\u{1}/]|\\{1,4}["nrtbu0/\\]?){0,12}"#,
        ) {
            let text = format!(r#""\"{{{inside}\"","next":"\"""#);
            if let Some((said, length)) = object_said_twice(&text) {
                let once: String = serde_json::from_str(&text[..length]).unwrap();
                let twice: String = serde_json::from_str(&once).unwrap();
                prop_assert_eq!(said, twice);
            }
        }
    }

    #[test]
    fn the_common_escapes_are_known() {
        for said in ["{}", "{\"a\":\"é\"}", "{\r\n\t\"a\": \"\\\\ \\\" \\n\"\n}"] {
            let once = serde_json::to_string(said).unwrap();
            let twice = serde_json::to_string(&once).unwrap();
            let found = object_said_twice(&twice);
            assert_eq!(found, Some((said.to_owned(), twice.len())));
            let rest = format!("{twice},\"b\":1}}");
            assert_eq!(object_said_twice(&rest), found);
        }
        assert_eq!(unescaped(r#"a\"\\\n"#).as_deref(), Some("a\"\\\n"));
        for other in [r"\u0041", r"\", "\n", "\""] {
            assert_eq!(unescaped(other), None, "{other:?}");
        }
        for other in ["", "{", r#""\"""#, r#""\"{"#, r#""\"{\""#, r#""\"{\","#] {
            assert_eq!(object_said_twice(other), None, "{other:?}");
        }
    }
}
