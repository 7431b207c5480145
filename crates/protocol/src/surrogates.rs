//! Lone surrogates in JSON text.
//!
//! JavaScript's strings may end in the middle of a character, as `"😀".slice(0, 1)` does, and `JSON.stringify` writes
//! such a lone surrogate as `\ud83d`. Newtonsoft.Json, which the host uses, reads it as U+FFFD; a Rust string cannot hold
//! it, so serde_json rejects the document. These functions put U+FFFD in its place before the text is read.

use std::borrow::Cow;

/// What every lone surrogate becomes. It is as long as the escape that it replaces.
const REPLACEMENT: &[u8; 6] = b"\\ufffd";

/// JSON text with U+FFFD in the place of every lone surrogate.
#[must_use]
pub fn replace_lone_surrogates(text: &str) -> Cow<'_, str> {
    match replace_lone_surrogates_in_bytes(text.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        // ASCII took the place of ASCII, so nothing is lost here.
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// The same for the bytes of a body.
#[must_use]
pub fn replace_lone_surrogates_in_bytes(text: &[u8]) -> Cow<'_, [u8]> {
    let found = lone(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    for start in found {
        text[start..start + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
    }
    Cow::Owned(text)
}

/// Where the escapes of lone surrogates begin.
fn lone(text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(ahead) = memchr::memchr(b'\\', &text[index..]) {
        index += ahead;
        index += match escaped(text, index) {
            Some(0xD800..=0xDBFF) => match escaped(text, index + 6) {
                Some(0xDC00..=0xDFFF) => 12,
                _ => {
                    found.push(index);
                    6
                }
            },
            Some(0xDC00..=0xDFFF) => {
                found.push(index);
                6
            }
            Some(_) => 6,
            None => 2,
        };
        if index > text.len() {
            break;
        }
    }
    found
}

/// The UTF-16 unit of an escape `\uXXXX` at this place.
fn escaped(text: &[u8], start: usize) -> Option<u16> {
    let digits = text.get(start..start + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_become_the_replacement_character_and_pairs_stay() {
        for (text, expected) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""cut \ud83d""#, r#""cut \ufffd""#),
            (r#""\uDE00\uD83D""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83dé\n""#, r#""\ufffdé\n""#),
            // An escaped backslash, and letters that follow it.
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""\u00e9""#, r#""\u00e9""#),
            (r#""\ud8"#, r#""\ud8"#),
            ("\"\\", "\"\\"),
        ] {
            assert_eq!(replace_lone_surrogates(text), expected);
            let replaced = replace_lone_surrogates_in_bytes(text.as_bytes());
            assert_eq!(&*replaced, expected.as_bytes());
        }
        assert!(matches!(replace_lone_surrogates("plain"), Cow::Borrowed(_)));
    }
}
