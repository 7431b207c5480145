//! Members of JSON objects that the host wrote, still as text, and the documents nested in them.
//!
//! Names compare ignoring case: the host keeps the case in which a name was first used, and that changes between
//! versions. Source: host contract, "How a value is written – the conversion table" and the rules for decoding.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, each with its text.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads an object.
    ///
    /// # Errors
    /// It is not JSON, or no object.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The text of a member, unless it is missing or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let mut members = self.0.iter();
        let (_, value) = members.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.get()).filter(|text| *text != "null")
    }

    /// The members of a member that is an object.
    pub(super) fn object(&self, name: &str) -> Self {
        let text = self.get(name).filter(|text| text.starts_with('{'));
        text.and_then(|text| Self::read(text).ok())
            .unwrap_or_default()
    }

    /// A member that is a string, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text: String = serde_json::from_str(self.get(name)?).ok()?;
        (!text.is_empty()).then_some(text)
    }

    /// A string that the host wrote as a document of its own: a string inside a string. Read plainly if it is not one.
    pub(super) fn nested_text(&self, name: &str) -> Option<String> {
        let outer = self.text(name)?;
        let inner: Option<String> = serde_json::from_str(&outer).unwrap_or(Some(outer));
        inner.filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            // Nothing where an object should be is an empty one.
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Members::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// A member's name, borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Read)
    }
}

/// The document in the value of a trigger: an object as it is, or in a string, or in a string in a string, or its bytes
/// as base64.
///
/// # Errors
/// There is no object however deep one looks.
pub(super) fn document(value: &str) -> Result<Cow<'_, str>, &'static str> {
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

    use super::*;

    #[test]
    fn a_document_is_found_however_it_is_wrapped() {
        let object = "{\n  \"a\": 1\n}";
        let once = serde_json::to_string(object).unwrap();
        let twice = serde_json::to_string(&once).unwrap();
        let bytes = serde_json::to_string(&STANDARD.encode(object)).unwrap();
        for value in [object, &once, &twice, &bytes] {
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

    proptest! {
        #[test]
        fn a_document_comes_out_as_it_went_in_and_no_text_panics(
            text in "\\PC{0,40}", wraps in 0..3_u8,
        ) {
            let _ = document(&text);
            let _ = Members::read(&text);
            let object = serde_json::json!({ "a": text }).to_string();
            let mut value = object.clone();
            for _ in 0..wraps {
                value = serde_json::to_string(&value).unwrap();
            }
            let found = document(&value).unwrap();
            prop_assert_eq!(&found, &object);
            let found = Members::read(&found).unwrap().text("A");
            prop_assert_eq!(found, (!text.is_empty()).then_some(text));
        }
    }

    #[test]
    fn members_are_found_ignoring_case() {
        let members = Members::read(r#"{"UserId":"\"ada\"","n":null,"o":{"P":"x"}}"#).unwrap();
        assert_eq!(members.nested_text("userId").as_deref(), Some("ada"));
        assert_eq!(members.text("USERID").as_deref(), Some("\"ada\""));
        assert_eq!(members.get("n"), None);
        assert_eq!(members.object("O").text("p").as_deref(), Some("x"));
        assert!(members.object("userid").text("p").is_none());
        assert!(Members::read("null").unwrap().get("a").is_none());
        assert!(Members::read("[]").is_err());
        let plain = Members::read(r#"{"a":"ada","e":"\"\"","n":"null"}"#).unwrap();
        assert_eq!(plain.nested_text("a").as_deref(), Some("ada"));
        assert_eq!(plain.nested_text("e"), None);
        assert_eq!(plain.nested_text("n"), None);
    }
}
