//! Arguments to JSON lists. Bytes among them become placeholders, and travel beside the list.

use std::io;

use bytes::Bytes;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// Arguments cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The value does not serialise.
    #[error("the arguments do not serialise: {0}")]
    Json(#[from] serde_json::Error),
    /// Arguments are a list, and this is something else.
    #[error("arguments must be a tuple or a list, such as `(value,)`")]
    NotAList,
}

/// Writes a list of arguments: a tuple, a list, or `()` for none.
///
/// # Errors
/// The value does not serialise or is no list.
pub(crate) fn encode_list(arguments: &impl Serialize) -> Result<(String, Vec<Bytes>), EncodeError> {
    let mut text = Vec::with_capacity(128);
    let mut attachments = Vec::new();
    let formatter = Placeholders {
        attachments: &mut attachments,
        inner: CompactFormatter,
    };
    arguments.serialize(&mut Serializer::with_formatter(&mut text, formatter))?;
    let text =
        String::from_utf8(text).map_err(|error| serde_json::Error::io(io::Error::other(error)))?;
    match text.as_str() {
        "null" => Ok(("[]".to_owned(), attachments)),
        list if list.starts_with('[') => Ok((text, attachments)),
        _ => Err(EncodeError::NotAList),
    }
}

/// Writes an event's data, `["name", …]`, from its list of arguments.
#[must_use]
pub(crate) fn event_data(name: &str, list: &str) -> String {
    let mut data = String::with_capacity(list.len() + name.len() + 4);
    data.push('[');
    data.push_str(&serde_json::Value::from(name).to_string());
    let rest = &list[1..];
    if rest != "]" {
        data.push(',');
    }
    data.push_str(rest);
    data
}

/// Writes what serde calls bytes as a placeholder and keeps the bytes.
struct Placeholders<'a> {
    attachments: &'a mut Vec<Bytes>,
    inner: CompactFormatter,
}

impl Formatter for Placeholders<'_> {
    fn write_byte_array<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        bytes: &[u8],
    ) -> io::Result<()> {
        let number = self.attachments.len();
        write!(out, r#"{{"_placeholder":true,"num":{number}}}"#)?;
        self.attachments.push(Bytes::copy_from_slice(bytes));
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        self.inner.write_string_fragment(out, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_written_compactly() {
        let (list, attachments) = encode_list(&("a", 1, [true])).unwrap();
        assert_eq!(list, r#"["a",1,[true]]"#);
        assert!(attachments.is_empty());
        let none: [u8; 0] = [];
        assert_eq!(encode_list(&()).unwrap().0, "[]");
        assert_eq!(encode_list(&none).unwrap().0, "[]");
    }

    #[test]
    fn the_name_comes_before_the_arguments() {
        assert_eq!(event_data("e", "[]"), r#"["e"]"#);
        assert_eq!(event_data("a\"b", "[1,[2]]"), r#"["a\"b",1,[2]]"#);
    }

    #[test]
    fn bytes_become_placeholders_in_order() {
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        let (list, attachments) = encode_list(&(bytes("a"), "x", vec![bytes("b")])).unwrap();
        assert_eq!(
            list,
            r#"[{"_placeholder":true,"num":0},"x",[{"_placeholder":true,"num":1}]]"#
        );
        assert_eq!(attachments, ["a", "b"]);
    }

    #[test]
    fn a_bare_value_is_no_list() {
        assert!(matches!(encode_list(&"x"), Err(EncodeError::NotAList)));
        assert!(matches!(encode_list(&1), Err(EncodeError::NotAList)));
    }
}
