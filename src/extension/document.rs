//! The document in the value of a trigger, however it is wrapped.
//!
//! The rule is a document in a JSON string in a JSON string. Source: `docs/contracts/functions-host.md`, "Socket.IO
//! trigger specifics".

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::members::string;

/// The document in a value: an object as it is, or in a string, or in a string in a string, or its bytes as base64.
///
/// # Errors
/// What is wrong with the value.
pub(super) fn inside(value: &str) -> Result<Cow<'_, str>, &'static str> {
    let mut document = Cow::Borrowed(value);
    // Nothing nests deeper.
    for _ in 0..3 {
        let text = document.trim_start();
        if text.starts_with('{') {
            return Ok(document);
        }
        let inner = if text.starts_with('"') {
            string(text).map(Cow::into_owned)
        } else {
            let bytes = STANDARD.decode(text.trim_end()).ok();
            bytes.and_then(|bytes| String::from_utf8(bytes).ok())
        };
        document = Cow::Owned(inner.ok_or("it is not a JSON object")?);
    }
    if document.trim_start().starts_with('{') {
        Ok(document)
    } else {
        Err("it is not a JSON object")
    }
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
            assert_eq!(inside(value).unwrap(), object, "{value}");
        }
        for value in [
            "1",
            "\"\"",
            "\"[1]\"",
            "\"null\"",
            "\"\\\"\\\\\\\"x\\\\\\\"\\\"\"",
        ] {
            assert!(inside(value).is_err(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_document_comes_out_as_it_went_in_and_no_text_panics(
            text: String, wraps in 0..3_u8,
        ) {
            let _ = inside(&text);
            let object = serde_json::json!({ "a": text }).to_string();
            let value = wrapped(&object, wraps);
            prop_assert_eq!(inside(&value).unwrap(), object);
        }
    }
}
