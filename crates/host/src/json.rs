//! JSON as the host sees it: members in their order, and forgiving of comments and single quotes.
//!
//! The host reads every document with Newtonsoft.Json (host contract, "When is an app a custom-handler app" and "Parse
//! pipeline"), and prints object bodies back in the order in which they came. So this value keeps the order, which
//! `serde_json::Value` does not.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::Number;

/// A JSON value whose objects keep the order of their members.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Any number
    Number(Number),
    /// Text
    String(String),
    /// A list
    Array(Vec<Json>),
    /// Members in the order in which they were written; of equal names the last one is kept.
    Object(Vec<(String, Json)>),
}

/// A document that is no JSON, even read forgivingly.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Malformed {
    /// Line, counted from 1.
    pub(crate) line: Option<usize>,
    /// What was found there.
    pub(crate) what: String,
}

impl Json {
    /// Reads a whole document, with comments, trailing commas and single quotes allowed.
    pub(crate) fn lenient(text: &str) -> Result<Self, Malformed> {
        let text = text.trim_start_matches('\u{feff}');
        // Most documents are plain JSON, which is read many times faster.
        if let Ok(plain) = serde_json::from_str(text) {
            return Ok(plain);
        }
        if depth(text) > DEEPEST {
            let what = format!("it is nested deeper than {DEEPEST} levels");
            return Err(Malformed { line: None, what });
        }
        json5::from_str(text).map_err(|error| {
            let line = error.position().map(|position| position.line + 1);
            let what = match error.code() {
                Some(code) => code.to_string(),
                None => error.to_string(),
            };
            Malformed { line, what }
        })
    }

    /// Reads the first JSON value of a text and ignores what follows it, as Newtonsoft.Json does.
    pub(crate) fn first(text: &str) -> Result<Self, Malformed> {
        let text = text.trim_start_matches('\u{feff}');
        let mut values = serde_json::Deserializer::from_str(text).into_iter();
        match values.next() {
            Some(Ok(value)) => Ok(value),
            _ => Self::lenient(text),
        }
    }

    /// The member of an object, its name compared ignoring case.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members()
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The member of an object, its name compared exactly.
    pub(crate) fn get_exact(&self, name: &str) -> Option<&Self> {
        self.members()
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The members of an object; none of anything else.
    pub(crate) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// An object of these members.
    pub(crate) fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// The text of a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Is it `null`?
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Compact JSON text.
    pub(crate) fn compact(&self) -> String {
        // Serialising this type cannot fail: keys are strings and numbers are finite.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// JSON text indented by two spaces, as Newtonsoft.Json prints it on Linux.
    pub(crate) fn indented(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The value as .NET prints it when it is asked for text: strings bare, `True`, indented objects.
    pub(crate) fn dotnet_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Number(number) => dotnet_number(number),
            Self::String(text) => text.clone(),
            Self::Array(_) | Self::Object(_) => self.indented(),
        }
    }

    /// What kind of value it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// The forgiving reader recurses; deeper documents are refused, as they are by the host.
const DEEPEST: usize = 128;

/// How deep brackets are nested, those inside strings and comments included: at least as deep as the document.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// .NET prints `12.50` as `12.5` and `1.0` as `1`.
fn dotnet_number(number: &Number) -> String {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(integer), _, _) => integer.to_string(),
        (_, Some(integer), _) => integer.to_string(),
        (_, _, Some(float)) => float.to_string(),
        _ => number.to_string(),
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            match places.get(&name) {
                Some(place) => members[*place].1 = value,
                None => {
                    places.insert(name.clone(), members.len());
                    members.push((name, value));
                }
            }
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_trailing_commas_and_single_quotes_are_read() {
        let read = Json::lenient("// c\n{'b': 1, /* d */ \"a\": [true,],}").unwrap();
        assert_eq!(read.compact(), r#"{"b":1,"a":[true]}"#);
    }

    #[test]
    fn a_syntax_error_names_its_line() {
        let error = Json::lenient("{\n  \"a\": 1\n  \"b\": 2\n}").unwrap_err();
        assert_eq!(error.line, Some(3));
    }

    #[test]
    fn text_after_the_first_value_is_ignored() {
        assert_eq!(
            Json::first("{\"a\":1} trailing").unwrap().compact(),
            r#"{"a":1}"#
        );
        assert!(Json::first("Hello World").is_err());
    }

    #[test]
    fn of_equal_names_the_last_is_kept_in_the_place_of_the_first() {
        let read = Json::lenient("{'a':1,'b':2,'a':3}").unwrap();
        assert_eq!(read.compact(), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn bottomless_documents_are_refused() {
        let text = format!("{{'a':{}", "[".repeat(1_000_000));
        assert!(Json::lenient(&text).is_err());
        assert!(Json::first(&text).is_err());
    }

    #[test]
    fn numbers_and_booleans_print_as_in_dotnet() {
        assert_eq!(Json::lenient("12.50").unwrap().dotnet_text(), "12.5");
        assert_eq!(Json::lenient("true").unwrap().dotnet_text(), "True");
    }
}
