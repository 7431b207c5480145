//! The members of a JSON object, found by name ignoring case: the host writes some names in a case that changes between
//! versions. Source: host contract, "How a value is written – the conversion table" and the rules for decoding.

use std::borrow::Cow;

use super::scan::{self, Cursor, Malformed};

/// The members of an object, each with its text.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Members<'a> {
    /// Takes an object apart.
    ///
    /// # Errors
    /// It is not JSON, or no object.
    pub(super) fn read(text: &'a str) -> Result<Self, Malformed> {
        let mut members = Self::default();
        scan::object(text, |name, value| members.add(name, value))?;
        Ok(members)
    }

    /// Adds one, reading its value.
    pub(super) fn add(&mut self, name: &'a str, value: &mut Cursor<'a>) -> Result<(), Malformed> {
        if self.0.is_empty() {
            // Each object of the envelope has about as many.
            self.0.reserve(16);
        }
        let value = value.text()?;
        self.0.push((name, value));
        Ok(())
    }

    /// The text of a member, unless it is missing or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let mut members = self.0.iter();
        // No name that is asked for has an escape in it, and the host escapes no letter.
        let (_, value) = members.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(*value).filter(|text| *text != "null")
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

/// A JSON string, borrowed where there is nothing in it that a reader would have to look at.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if inside
        .bytes()
        .any(|byte| matches!(byte, b'\\' | b'"' | ..b' '))
    {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_are_found_ignoring_case() {
        let members = Members::read(r#"{"UserId":"\"ada\"","n":null,"o":{"P":"x"}}"#).unwrap();
        assert_eq!(members.nested_text("userId").as_deref(), Some("ada"));
        assert_eq!(members.text("USERID").as_deref(), Some("\"ada\""));
        assert_eq!(members.get("n"), None);
        assert_eq!(members.get("O"), Some(r#"{"P":"x"}"#));
        assert!(Members::read("[]").is_err());
        let plain = Members::read(r#"{"a":"ada","e":"\"\"","n":"null"}"#).unwrap();
        assert_eq!(plain.nested_text("a").as_deref(), Some("ada"));
        assert_eq!(plain.nested_text("e"), None);
        assert_eq!(plain.nested_text("n"), None);
    }

    proptest! {
        #[test]
        fn a_string_is_what_a_reader_reads(json in "\"[a\\\\n\"\u{1}é]{0,6}\"?", text: String) {
            let read: Option<String> = serde_json::from_str(&json).ok();
            let found = string(&json);
            prop_assert_eq!(found.as_deref(), read.as_deref());
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(string(&json).unwrap(), text);
        }

        #[test]
        fn a_text_reads_back_as_written(text: String) {
            let object = serde_json::json!({ "a": text }).to_string();
            let found = Members::read(&object).unwrap().text("A");
            prop_assert_eq!(found.as_deref(), (!text.is_empty()).then_some(text.as_str()));
        }
    }
}
