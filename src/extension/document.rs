//! The document in the value of a trigger, however it is wrapped.
//!
//! Source: host contract, "Socket.IO trigger specifics". The rule is a document in a JSON string in a JSON string.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The document in the value of a trigger: an object as it is, or in a string, or in a string in a string, or its bytes
/// as base64.
///
/// # Errors
/// There is no object however deep one looks.
pub(super) fn document(value: &str) -> Result<Cow<'_, str>, &'static str> {
    if let Some(document) = unwrapped_twice(value) {
        return Ok(Cow::Owned(document));
    }
    let mut document = Cow::Borrowed(value);
    // A document in a string in a string is the rule; nothing nests deeper.
    for _ in 0..3 {
        let text = document.trim_start();
        if text.starts_with('{') {
            return Ok(document);
        }
        let inner: Option<String> = if text.starts_with('"') {
            serde_json::from_str(text).ok()
        } else {
            let bytes = STANDARD.decode(text.trim_end()).ok();
            bytes.and_then(|bytes| String::from_utf8(bytes).ok())
        };
        document = Cow::Owned(inner.ok_or("it is no JSON object")?);
    }
    if document.trim_start().starts_with('{') {
        Ok(document)
    } else {
        Err("it is no JSON object")
    }
}

/// The object in a string in a string, both taken off in one go: nearly every document comes so, and nearly every
/// character of its syntax has three backslashes before it. Only the escapes that the host writes are known here; a
/// value with any other is left to those who know them all.
fn unwrapped_twice(value: &str) -> Option<String> {
    let inside = value.strip_prefix(r#""\"{"#)?.strip_suffix(r#"\"""#)?;
    let bytes = inside.as_bytes();
    let mut document = String::with_capacity(inside.len() + 1);
    document.push('{');
    // What lies between two escapes is copied in one piece.
    let mut from = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => {}
            b'"' | ..b' ' => return None,
            _ => {
                at += 1;
                continue;
            }
        }
        let (meant, length) = match bytes[at..] {
            [b'\\', b'\\', b'\\', b'"', ..] => ('"', 4),
            [b'\\', b'\\', b'\\', b'\\', ..] => ('\\', 4),
            [b'\\', b'\\', b'n', ..] => ('\n', 3),
            [b'\\', b'\\', b'r', ..] => ('\r', 3),
            [b'\\', b'\\', b't', ..] => ('\t', 3),
            _ => return None,
        };
        document.push_str(&inside[from..at]);
        document.push(meant);
        at += length;
        from = at;
    }
    document.push_str(&inside[from..]);
    Some(document)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrapped(text: &str, times: u8) -> String {
        (0..times).fold(text.to_owned(), |value, _| {
            serde_json::to_string(&value).unwrap()
        })
    }

    #[test]
    fn a_document_is_found_however_it_is_wrapped() {
        let object = "{\n  \"a\": 1\n}";
        let bytes = serde_json::to_string(&STANDARD.encode(object)).unwrap();
        for value in [object, &wrapped(object, 1), &wrapped(object, 2), &bytes] {
            assert_eq!(document(value).unwrap(), object, "{value}");
        }
        for value in [
            "",
            "1",
            "\"\"",
            "\"[1]\"",
            "null",
            "\"\\\"\\\\\\\"x\\\\\\\"\\\"\"",
        ] {
            assert!(document(value).is_err(), "{value}");
        }
    }

    #[test]
    fn the_usual_wrapping_takes_the_short_way() {
        for object in ["{}", "{\"a\":\"é\"}", "{\r\n\t\"a\": \"\\\\ \\\" \\n\"\n}"] {
            let value = wrapped(object, 2);
            assert_eq!(unwrapped_twice(&value).as_deref(), Some(object), "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_document_comes_out_as_it_went_in_and_no_text_panics(
            text: String, wraps in 0..3_u8,
        ) {
            let _ = document(&text);
            let object = serde_json::json!({ "a": text }).to_string();
            let value = wrapped(&object, wraps);
            prop_assert_eq!(document(&value).unwrap(), object);
        }

        /// Whatever the short way takes, the long way takes for the same.
        #[test]
        fn both_ways_agree(inside in r#"([a{ é"\n\u{1}/]|\\{1,4}["nrtbu0/\\]?){0,12}"#) {
            let value = format!(r#""\"{{{inside}\"""#);
            if let Some(short) = unwrapped_twice(&value) {
                let once: String = serde_json::from_str(&value).unwrap();
                let twice: String = serde_json::from_str(&once).unwrap();
                prop_assert_eq!(short, twice);
            }
        }
    }
}
