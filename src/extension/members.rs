//! The members of a JSON object that are looked for, found by name ignoring case: the host writes some names in a case
//! that changes between versions. Source: host contract, "How a value is written – the conversion table" and the rules
//! for decoding.

use std::borrow::Cow;

use super::scan::{self, Cursor, Malformed};
use super::text;

/// The members of an object that are looked for, each with its text.
#[derive(Debug)]
pub(super) struct Members<'a, const N: usize> {
    names: &'static [&'static str; N],
    texts: [Option<&'a str>; N],
}

impl<'a, const N: usize> Members<'a, N> {
    /// Members with these names, none of which is found yet.
    pub(super) fn named(names: &'static [&'static str; N]) -> Self {
        Self {
            names,
            texts: [None; N],
        }
    }

    /// The members of an object that have these names.
    ///
    /// # Errors
    /// It is not JSON, or no object.
    pub(super) fn read(
        names: &'static [&'static str; N],
        text: &'a str,
    ) -> Result<Self, Malformed> {
        let mut members = Self::named(names);
        scan::object(text, |name, value| members.add(name, value))?;
        Ok(members)
    }

    /// Takes a member if it is looked for, and goes behind it. Of several with one name the last counts, as for Json.NET.
    pub(super) fn add(&mut self, name: &str, value: &mut Cursor<'a>) -> Result<(), Malformed> {
        // No name that is looked for has an escape in it, and the host escapes no letter.
        let at = self.at(name);
        let value = value.text()?;
        if let Some(text) = at.and_then(|at| self.texts.get_mut(at)) {
            *text = Some(value);
        }
        Ok(())
    }

    /// The text of a member, unless it is missing or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let text = self.texts[self.at(name)?]?;
        Some(text).filter(|text| *text != "null")
    }

    fn at(&self, name: &str) -> Option<usize> {
        let is_it = |known: &&str| known.eq_ignore_ascii_case(name);
        self.names.iter().position(is_it)
    }

    /// A member that is a string, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        text::string(self.get(name)?).filter(|text| !text.is_empty())
    }

    /// A string that the host wrote as a document of its own: a string inside a string. Read plainly if it is not one.
    pub(super) fn nested_text(&self, name: &str) -> Option<String> {
        let outer = self.text(name)?.into_owned();
        let inner: Option<String> = serde_json::from_str(&outer).unwrap_or(Some(outer));
        inner.filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_are_found_ignoring_case() {
        let text = r#"{"UserId":"\"ada\"","n":null,"o":{"P":"x"},"p":1,"O":2,"N":true,"n":null}"#;
        let members = Members::read(&["userId", "n", "o", "missing"], text).unwrap();
        assert_eq!(members.nested_text("userId").as_deref(), Some("ada"));
        assert_eq!(members.text("USERID").as_deref(), Some("\"ada\""));
        assert_eq!(members.get("n"), None);
        assert_eq!(members.get("O"), Some("2"));
        assert_eq!(members.get("missing"), None);
        // It is there, and was not looked for.
        assert_eq!(members.get("p"), None);
        assert!(Members::read(&["a"], "[]").is_err());
        let names = &["a", "e", "n"];
        let plain = Members::read(names, r#"{"a":"ada","e":"\"\"","n":"null"}"#).unwrap();
        assert_eq!(plain.nested_text("a").as_deref(), Some("ada"));
        assert_eq!(plain.nested_text("e"), None);
        assert_eq!(plain.nested_text("n"), None);
    }

    proptest! {
        #[test]
        fn a_text_reads_back_as_written(text: String) {
            let object = serde_json::json!({ "a": text }).to_string();
            let found = Members::read(&["A"], &object).unwrap().text("A");
            prop_assert_eq!(found.as_deref(), (!text.is_empty()).then_some(text.as_str()));
        }
    }
}
