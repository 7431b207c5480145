//! The document in the value of a trigger, however it is wrapped.
//!
//! Source: host contract, "Socket.IO trigger specifics". The rule is a document in a JSON string in a JSON string.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::scan::{Cursor, Malformed};
use super::text;

/// The document in a trigger's value, or what is wrong with that.
pub(super) type Found<'a> = Result<Cow<'a, str>, &'static str>;

/// The document in the trigger's value that begins here, and goes behind it. There is none in null.
///
/// # Errors
/// It is no value at all.
pub(super) fn at<'a>(place: &mut Cursor<'a>) -> Result<Option<Found<'a>>, Malformed> {
    if let Some((document, length)) = text::object_said_twice(place.rest()) {
        place.pass(length);
        return Ok(Some(Ok(Cow::Owned(document))));
    }
    let value = place.text()?;
    Ok((value != "null").then(|| inside(value)))
}

/// The document in a value: an object as it is, or in a string, or in a string in a string, or its bytes as base64.
fn inside(value: &str) -> Found<'_> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::scan;
    use super::*;

    fn wrapped(text: &str, times: u8) -> String {
        (0..times).fold(text.to_owned(), |value, _| {
            serde_json::to_string(&value).unwrap()
        })
    }

    /// The document in a member of an object, and that the next member is found behind it.
    fn found(value: &str) -> Option<Result<String, &'static str>> {
        let (mut found, mut next) = (None, None);
        let object = format!(r#"{{"value":{value},"next":1}}"#);
        scan::object(&object, |name, place| {
            match name {
                "value" => found = at(place)?.map(|found| found.map(Cow::into_owned)),
                _ => next = Some(place.text()?.to_owned()),
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(next.as_deref(), Some("1"), "{value}");
        found
    }

    #[test]
    fn a_document_is_found_however_it_is_wrapped() {
        let object = "{\n  \"a\": 1\n}";
        let bytes = serde_json::to_string(&STANDARD.encode(object)).unwrap();
        for value in [object, &wrapped(object, 1), &wrapped(object, 2), &bytes] {
            assert_eq!(found(value), Some(Ok(object.to_owned())), "{value}");
        }
        assert_eq!(found("null"), None);
        for value in [
            "1",
            "\"\"",
            "\"[1]\"",
            "\"null\"",
            "\"\\\"\\\\\\\"x\\\\\\\"\\\"\"",
        ] {
            assert!(found(value).is_some_and(|found| found.is_err()), "{value}");
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
            prop_assert_eq!(found(&value), Some(Ok(object)));
        }
    }
}
