//! Arguments to JSON lists. Bytes among them become placeholders, and travel beside the list.

use std::fmt;
use std::io;

use bytes::Bytes;
use serde::ser::{Impossible, Serialize, SerializeTuple, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

/// Arguments cannot be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("cannot serialise argument {position}: {reason}")]
pub(crate) struct EncodeError {
    /// Counts from 1.
    position: usize,
    reason: String,
}

/// Writes a list of arguments by the rule of this module, and the bytes among them.
///
/// # Errors
/// An argument does not serialise.
pub(crate) fn encode<T: Serialize + ?Sized>(
    arguments: &T,
) -> Result<(String, Vec<Bytes>), EncodeError> {
    let mut out = Out {
        text: Vec::with_capacity(128),
        attachments: Vec::new(),
    };
    out.text.push(b'[');
    let top = TopLevel {
        out: &mut out,
        unit_is_empty: is_unit::<T>(),
    };
    match arguments.serialize(top) {
        Ok(()) => {}
        Err(Stop::One) => out.argument(1, arguments)?,
        Err(Stop::Failed(error)) => return Err(error),
    }
    out.text.push(b']');
    let text = String::from_utf8(out.text).map_err(|error| EncodeError {
        position: 1,
        reason: error.to_string(),
    })?;
    Ok((text, out.attachments))
}

/// Whether a type is `()` or a reference to it. `serde_json::Value::Null` looks the same to a serializer, and is one
/// argument.
fn is_unit<T: ?Sized>() -> bool {
    let found = typeid::of::<T>();
    [
        typeid::of::<()>(),
        typeid::of::<&()>(),
        typeid::of::<&&()>(),
    ]
    .contains(&found)
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

/// What has been written so far.
struct Out {
    text: Vec<u8>,
    attachments: Vec<Bytes>,
}

impl Out {
    fn argument<T: Serialize + ?Sized>(
        &mut self,
        position: usize,
        value: &T,
    ) -> Result<(), EncodeError> {
        let formatter = Placeholders {
            attachments: &mut self.attachments,
            inner: CompactFormatter,
        };
        let mut json = serde_json::Serializer::with_formatter(&mut self.text, formatter);
        value.serialize(&mut json).map_err(|error| EncodeError {
            position,
            reason: error.to_string(),
        })
    }
}

/// Why the value was not written as a list.
#[derive(Debug)]
enum Stop {
    /// It is one argument.
    One,
    Failed(EncodeError),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => f.write_str("one argument"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Stop {}

impl serde::ser::Error for Stop {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self::Failed(EncodeError {
            position: 1,
            reason: message.to_string(),
        })
    }
}

/// Writes what serde calls a tuple, and stops at anything else.
struct TopLevel<'a> {
    out: &'a mut Out,
    unit_is_empty: bool,
}

/// A list that is being written.
struct List<'a> {
    out: &'a mut Out,
    written: usize,
}

impl SerializeTuple for List<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        if self.written > 0 {
            self.out.text.push(b',');
        }
        self.written += 1;
        self.out.argument(self.written, value).map_err(Stop::Failed)
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}

/// The methods for values that are one argument.
macro_rules! one {
    ($($method:ident($($type:ty),*);)*) => {$(
        fn $method(self $(, _: $type)*) -> Result<(), Stop> {
            Err(Stop::One)
        }
    )*};
}

impl<'a> Serializer for TopLevel<'a> {
    type Ok = ();
    type Error = Stop;
    type SerializeTuple = List<'a>;
    type SerializeSeq = Impossible<(), Stop>;
    type SerializeTupleStruct = Impossible<(), Stop>;
    type SerializeTupleVariant = Impossible<(), Stop>;
    type SerializeMap = Impossible<(), Stop>;
    type SerializeStruct = Impossible<(), Stop>;
    type SerializeStructVariant = Impossible<(), Stop>;

    fn serialize_tuple(self, _: usize) -> Result<List<'a>, Stop> {
        Ok(List {
            out: self.out,
            written: 0,
        })
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        match self.unit_is_empty {
            true => Ok(()),
            false => Err(Stop::One),
        }
    }

    one! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Stop> {
        Err(Stop::One)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<(), Stop> {
        Err(Stop::One)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Stop> {
        Err(Stop::One)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Stop> {
        Err(Stop::One)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Stop> {
        Err(Stop::One)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Stop> {
        Err(Stop::One)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Stop> {
        Err(Stop::One)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Stop> {
        Err(Stop::One)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Stop> {
        Err(Stop::One)
    }

    /// Formatting would be done twice.
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Stop> {
        Err(Stop::One)
    }
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
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_name_comes_before_the_arguments() {
        assert_eq!(event_data("e", "[]"), r#"["e"]"#);
        assert_eq!(event_data("a\"b", "[1,[2]]"), r#"["a\"b",1,[2]]"#);
    }

    #[test]
    fn bytes_become_placeholders_in_order() {
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        let (list, attachments) = encode(&(bytes("a"), "x", vec![bytes("b")])).unwrap();
        assert_eq!(
            list,
            r#"[{"_placeholder":true,"num":0},"x",[{"_placeholder":true,"num":1}]]"#
        );
        assert_eq!(attachments, ["a", "b"]);
        let (list, attachments) = encode(&bytes("a")).unwrap();
        assert_eq!(list, r#"[{"_placeholder":true,"num":0}]"#);
        assert_eq!(attachments, ["a"]);
    }

    #[test]
    fn an_argument_that_does_not_serialise_is_named() {
        let map = BTreeMap::from([((1, 2), "x")]);
        let error = encode(&("a", &map)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot serialise argument 2: key must be a string"
        );
        let error = encode(&map).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot serialise argument 1: key must be a string"
        );
    }
}
