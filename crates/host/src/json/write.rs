//! Writing JSON as Newtonsoft.Json does: numbers in .NET's forms, and line ends of JavaScript escaped.

use std::io::{self, Write};

use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use serde_json::value::RawValue;

use super::{Json, Number, number};

impl Json {
    /// Compact JSON text.
    pub(crate) fn compact(&self) -> String {
        self.written(Newtonsoft(CompactFormatter))
    }

    /// JSON text indented by two spaces.
    pub(crate) fn indented(&self) -> String {
        self.written(Newtonsoft(PrettyFormatter::new()))
    }

    fn written(&self, form: impl Formatter) -> String {
        let mut text = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, form);
        // Writing this type into memory can't fail: names are strings, and long numbers were read from JSON.
        let _ = self.serialize(&mut serializer);
        String::from_utf8(text).unwrap_or_default()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(Number::Integer(integer)) => serializer.serialize_i64(*integer),
            Self::Number(Number::Float(float)) if float.is_finite() => {
                serializer.serialize_f64(*float)
            }
            // What JSON has no number for is text.
            Self::Number(number @ Number::Float(_)) => serializer.collect_str(number),
            Self::Number(Number::Long(text)) => RawValue::from_string(text.clone())
                .map_err(S::Error::custom)?
                .serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => serializer.collect_map(members),
        }
    }
}

/// Another form, with what Newtonsoft.Json does differently.
struct Newtonsoft<F>(F);

/// Characters that JavaScript once took for ends of lines, and their escapes.
const ESCAPED: [(char, &str); 3] = [
    ('\u{85}', "\\u0085"),
    ('\u{2028}', "\\u2028"),
    ('\u{2029}', "\\u2029"),
];

impl<F: Formatter> Formatter for Newtonsoft<F> {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(number::in_document(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(index) = rest.find(ESCAPED.map(|(character, _)| character)) {
            writer.write_all(&rest.as_bytes()[..index])?;
            rest = &rest[index..];
            for (character, escape) in ESCAPED {
                if let Some(after) = rest.strip_prefix(character) {
                    writer.write_all(escape.as_bytes())?;
                    rest = after;
                    break;
                }
            }
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_written_as_newtonsoft_writes_them() {
        let text = "[1,1.0,1e21,-0,12345678901234567890,\"\u{85}a\u{2028}\u{2029}é\u{7f}\\u0001\"]";
        assert_eq!(
            Json::lenient(text).unwrap().compact(),
            "[1,1.0,1E+21,0,12345678901234567890,\"\\u0085a\\u2028\\u2029é\u{7f}\\u0001\"]"
        );
        let indented = Json::lenient(r#"{"a":[],"b":{},"c":[1]}"#)
            .unwrap()
            .indented();
        assert_eq!(
            indented,
            "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1\n  ]\n}"
        );
    }
}
