//! The members of a JSON object, found by name ignoring case: the host writes some names in a case that changes between
//! versions. Source: `docs/contracts/functions-host.md`, "How a value is written".

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, each with its text.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The members of an object.
    ///
    /// # Errors
    /// It is not JSON, or not an object.
    pub(super) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The text of a member, unless it is missing or null. Of several with one name the last counts, as for Json.NET.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let is_it = |(known, _): &&(Cow<'a, str>, _)| known.eq_ignore_ascii_case(name);
        let (_, value) = self.0.iter().rev().find(is_it)?;
        Some(value.get()).filter(|text| *text != "null")
    }

    /// A member that is an object.
    pub(super) fn object(&self, name: &str) -> Option<Self> {
        Self::read(self.get(name)?).ok()
    }

    /// A member that is a string, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        string(self.get(name)?).filter(|text| !text.is_empty())
    }

    /// A string that the host wrote as a document of its own: a string inside a string. Read plainly if it is not one.
    pub(super) fn nested_text(&self, name: &str) -> Option<String> {
        let outer = self.text(name)?.into_owned();
        let inner: Option<String> = serde_json::from_str(&outer).unwrap_or(Some(outer));
        inner.filter(|text| !text.is_empty())
    }
}

/// What a JSON string says, borrowed where no escape is in it.
pub(super) fn string(json: &str) -> Option<Cow<'_, str>> {
    let text: Text<'_> = serde_json::from_str(json).ok()?;
    Some(text.0)
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(12);
                while let Some((Text(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_are_found_ignoring_case() {
        let text = r#"{"UserId":"\"ada\"","n":null,"o":{"P":"x"},"p":1,"O":2,"N":true,"n":null}"#;
        let members = Members::read(text).unwrap();
        assert_eq!(members.nested_text("userId").as_deref(), Some("ada"));
        assert_eq!(members.text("USERID").as_deref(), Some("\"ada\""));
        assert_eq!(members.get("n"), None);
        assert_eq!(members.get("O"), Some("2"));
        assert_eq!(members.get("missing"), None);
        assert!(Members::read("[]").is_err());
        let plain = Members::read(r#"{"a":"ada","e":"\"\"","n":"null"}"#).unwrap();
        assert_eq!(plain.nested_text("a").as_deref(), Some("ada"));
        assert_eq!(plain.nested_text("e"), None);
        assert_eq!(plain.nested_text("n"), None);
    }

    proptest! {
        #[test]
        fn a_text_reads_back_as_written(text: String) {
            let object = serde_json::json!({ "a": text }).to_string();
            let found = Members::read(&object).unwrap().text("A");
            prop_assert_eq!(found.as_deref(), (!text.is_empty()).then_some(text.as_str()));
        }
    }
}
