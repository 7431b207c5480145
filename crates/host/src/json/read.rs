//! Reading JSON: strictly and fast where the text is plain JSON, forgivingly where it isn't.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use sio_protocol::surrogates;

use super::{Json, Members, Number, long_integers};

/// How deep Newtonsoft.Json lets documents be nested.
const DEEPEST: usize = 64;

/// A document that isn't JSON, even read forgivingly.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct JsonError {
    /// Line, counted from 1.
    pub(crate) line: Option<usize>,
    /// What was found there.
    pub(crate) what: String,
}

impl Json {
    /// Reads a whole document, with comments, trailing commas and single quotes allowed.
    pub(crate) fn lenient(text: &str) -> Result<Self, JsonError> {
        let text = surrogates::replace_lone_surrogates(text.trim_start_matches('\u{feff}'));
        // Most documents are plain JSON.
        match serde_json::from_str::<&RawValue>(&text) {
            Ok(raw) => strict(raw.get(), 0),
            Err(_) => forgiving(&text),
        }
    }

    /// Reads a whole document that must be plain JSON.
    pub(crate) fn plain(text: &str) -> Result<Self, JsonError> {
        let text = surrogates::replace_lone_surrogates(text);
        let raw = serde_json::from_str::<&RawValue>(&text).map_err(|error| wrong(&error))?;
        strict(raw.get(), 0)
    }

    /// Reads the first JSON value of a text and ignores what follows it, as Newtonsoft.Json does.
    pub(crate) fn first(text: &str) -> Result<Self, JsonError> {
        let text = surrogates::replace_lone_surrogates(text.trim_start_matches('\u{feff}'));
        let mut values = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>();
        match values.next() {
            Some(Ok(raw)) => strict(raw.get(), 0),
            _ => forgiving(&text),
        }
    }
}

fn wrong(error: &serde_json::Error) -> JsonError {
    JsonError {
        line: Some(error.line()),
        what: error.to_string(),
    }
}

fn too_deep() -> JsonError {
    JsonError {
        line: None,
        what: format!("it is nested deeper than {DEEPEST} levels"),
    }
}

/// Takes apart what is known to be JSON. Numbers keep their writing until here, which tells `1` from `1.0`.
fn strict(text: &str, depth: usize) -> Result<Json, JsonError> {
    let inside = || match depth < DEEPEST {
        true => Ok(depth + 1),
        false => Err(too_deep()),
    };
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let depth = inside()?;
            let pairs: Pairs<'_> = serde_json::from_str(text).map_err(|error| wrong(&error))?;
            let members = pairs.0.into_iter();
            let members = members.map(|(name, raw)| Ok((name, strict(raw.get(), depth)?)));
            Json::Object(members.collect::<Result<_, _>>()?)
        }
        Some(b'[') => {
            let depth = inside()?;
            let items: Vec<&RawValue> =
                serde_json::from_str(text).map_err(|error| wrong(&error))?;
            let items = items.iter().map(|raw| strict(raw.get(), depth));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Some(b'"') => Json::String(serde_json::from_str(text).map_err(|error| wrong(&error))?),
        Some(b't') => Json::Bool(true),
        Some(b'f') => Json::Bool(false),
        Some(b'n') | None => Json::Null,
        Some(_) => Json::Number(Number::read(text)),
    })
}

/// Names and values in their order.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(PairsVisitor)
    }
}

/// Reads what people write by hand, and what only .NET takes for JSON, as in `NaN`.
fn forgiving(text: &str) -> Result<Json, JsonError> {
    if bracket_depth(text) > DEEPEST {
        return Err(too_deep());
    }
    json5::from_str(&long_integers::marked(text)).map_err(|error| {
        let line = error.position().map(|position| position.line + 1);
        let what = match error.code() {
            Some(code) => code.to_string(),
            None => error.to_string(),
        };
        JsonError { line, what }
    })
}

/// How deep brackets are nested, those inside strings and comments included: at least as deep as the document. The
/// forgiving reader recurses, so it must not meet bottomless ones.
fn bracket_depth(text: &str) -> usize {
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

/// For the forgiving reader, which has no raw values.
impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JsonVisitor;

        impl<'de> Visitor<'de> for JsonVisitor {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Number(Number::Integer(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Number(Number::read(&value.to_string())))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Number(Number::Float(value)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(match long_integers::unmarked(value) {
                    Some(digits) => Json::Number(Number::Long(digits.to_owned())),
                    None => Json::String(value.to_owned()),
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Json::Array(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut members = Members::new();
                while let Some((name, value)) = map.next_entry()? {
                    members.insert(name, value);
                }
                Ok(Json::Object(members))
            }
        }

        deserializer.deserialize_any(JsonVisitor)
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
        let first = Json::first("{\"a\":1} trailing").unwrap();
        assert_eq!(first.compact(), r#"{"a":1}"#);
        assert!(Json::first("Hello World").is_err());
    }

    #[test]
    fn of_equal_names_the_last_is_kept_in_the_place_of_the_first() {
        for text in ["{'a':1,'b':2,'a':3}", r#"{"a":1,"b":2,"a":3}"#] {
            let read = Json::lenient(text).unwrap();
            assert_eq!(read.compact(), r#"{"a":3,"b":2}"#);
        }
    }

    #[test]
    fn documents_deeper_than_newtonsoft_reads_are_refused() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Json::lenient(&nested(DEEPEST)).is_ok());
        assert!(Json::lenient(&nested(DEEPEST + 1)).is_err());
        let bottomless = format!("{{'a':{}", "[".repeat(1_000_000));
        assert!(Json::lenient(&bottomless).is_err());
        assert!(Json::first(&bottomless).is_err());
    }

    #[test]
    fn halves_of_surrogate_pairs_and_what_only_dotnet_reads() {
        for (text, printed) in [
            (r#"["\ud83d"]"#, "[\"\u{fffd}\"]"),
            ("{'a':'\\ud83d'}", "{\"a\":\"\u{fffd}\"}"),
            ("[NaN,-Infinity]", r#"["NaN","-Infinity"]"#),
            ("\u{feff}[1]", "[1]"),
            (
                "{'a': 123456789012345678901234567890, /* 5 */ b: [-98765432109876543210,],}",
                r#"{"a":123456789012345678901234567890,"b":[-98765432109876543210]}"#,
            ),
        ] {
            assert_eq!(Json::lenient(text).unwrap().compact(), printed);
        }
    }
}
