//! The members of a JSON object, found by name ignoring case: the host writes some names in a case that changes between
//! versions. Source: `docs/contracts/functions-host.md`, "How a value is written".

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, Part<'a>)>);

/// The value of a member.
#[derive(Debug)]
enum Part<'a> {
    /// Its text.
    Json(&'a RawValue),
    /// An object that was opened.
    Object(Members<'a>),
    /// A string where an object was expected.
    Text(Cow<'a, str>),
    /// Anything else where an object was expected.
    Other,
}

impl<'a> Members<'a> {
    /// The members of an object, each with its text.
    ///
    /// # Errors
    /// It is not JSON, or not an object.
    pub(super) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        Self::opened(text, &[])
    }

    /// The members of an object. Objects in it of these names are opened in the same pass, wherever they are.
    ///
    /// # Errors
    /// It is not JSON, or not an object.
    pub(super) fn opened(text: &'a str, names: &[&str]) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let members = json.deserialize_map(Object(names))?;
        json.end()?;
        Ok(members)
    }

    /// Of several members with one name the last counts, as for Json.NET.
    fn part(&self, name: &str) -> Option<&Part<'a>> {
        let is_it = |(known, _): &&(Cow<'a, str>, _)| known.eq_ignore_ascii_case(name);
        self.0.iter().rev().find(is_it).map(|(_, part)| part)
    }

    /// The text of a member that was not opened, unless it is missing or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        match self.part(name)? {
            Part::Json(value) => Some(value.get()).filter(|text| *text != "null"),
            _ => None,
        }
    }

    /// Takes out a member that is an object and was opened.
    pub(super) fn object(&mut self, name: &str) -> Option<Self> {
        let mut parts = self.0.iter_mut().rev();
        let (_, part) = parts.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        match part {
            Part::Object(members) => Some(std::mem::take(members)),
            _ => None,
        }
    }

    /// A member that is a string, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        let text = match self.part(name)? {
            Part::Json(value) => unquoted(value.get())?,
            Part::Text(text) => text.clone(),
            Part::Object(_) | Part::Other => return None,
        };
        Some(text).filter(|text| !text.is_empty())
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

/// The same of a text that is known to be JSON: without an escape, it is what stands between the quotes.
fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    match inside.contains('\\') {
        true => string(json),
        false => Some(Cow::Borrowed(inside)),
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the members of an object, and those of the objects in it that have these names.
#[derive(Clone, Copy)]
struct Object<'n>(&'n [&'n str]);

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // What the host writes has up to eight members; a list that grows to them is copied on the way.
        let mut members = Vec::with_capacity(8);
        while let Some(Text(name)) = map.next_key()? {
            let is_it = |opened: &&str| opened.eq_ignore_ascii_case(&name);
            let part = match self.0.iter().any(is_it) {
                true => map.next_value_seed(Opened(self))?,
                false => Part::Json(map.next_value()?),
            };
            members.push((name, part));
        }
        Ok(Members(members))
    }
}

/// Reads a member that should be an object.
struct Opened<'n>(Object<'n>);

impl<'de> DeserializeSeed<'de> for Opened<'_> {
    type Value = Part<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Part<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Opened<'_> {
    type Value = Part<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Part<'de>, A::Error> {
        self.0.visit_map(map).map(Part::Object)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Part<'de>, E> {
        Ok(Part::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Part<'de>, E> {
        Ok(Part::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Part<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Part::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Part<'de>, E> {
        Ok(Part::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Part<'de>, E> {
        Ok(Part::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Part<'de>, E> {
        Ok(Part::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Part<'de>, E> {
        Ok(Part::Other)
    }

    fn visit_unit<E>(self) -> Result<Part<'de>, E> {
        Ok(Part::Other)
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

    #[test]
    fn objects_of_known_names_are_opened_wherever_they_are() {
        let text = r#"{"A":{"b":{"a":{"c":1}},"x":{"a":2}},"b":{},"B":"text"}"#;
        let mut members = Members::opened(text, &["a", "b"]).unwrap();
        assert_eq!(members.text("b").as_deref(), Some("text"));
        assert!(members.object("b").is_none(), "the last counts");
        let mut outer = members.object("a").unwrap();
        assert_eq!(outer.get("x"), Some(r#"{"a":2}"#));
        let inner = outer.object("B").unwrap().object("a").unwrap();
        assert_eq!(inner.get("c"), Some("1"));
        for other in ["null", "true", "-1", "1", "1.5", "[{}]"] {
            let text = format!(r#"{{"a":{other}}}"#);
            let mut members = Members::opened(&text, &["a"]).unwrap();
            assert!(members.object("a").is_none(), "{text}");
            assert_eq!(members.text("a"), None, "{text}");
        }
        assert!(Members::opened(r#"{"a":{}"#, &["a"]).is_err());
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
