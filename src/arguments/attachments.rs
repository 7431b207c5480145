//! Arguments with bytes: placeholders among them become the attachments that they stand for.
//!
//! Only packets with attachments come here; all others are read straight from their text.

use std::cell::RefCell;

use bytes::Bytes;
use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde_json::{Error, Value};

use super::ArgumentList;

/// The arguments of an event with attachments, parsed so that placeholders can be told from other objects.
pub(super) struct Attached {
    values: Vec<Result<Value, String>>,
    attachments: Attachments,
}

impl Attached {
    pub(super) fn read(list: &ArgumentList) -> Self {
        let parse =
            |json: &[u8]| serde_json::from_slice(json).map_err(|error: Error| error.to_string());
        Self {
            values: list.iter().map(parse).collect(),
            attachments: Attachments::new(&list.attachments),
        }
    }

    /// Reads the argument at an index. A missing one reads as `null`.
    pub(super) fn argument<'de, S: DeserializeSeed<'de>>(
        &'de self,
        index: usize,
        seed: S,
    ) -> Result<S::Value, Error> {
        let value = match self.values.get(index) {
            None => &Value::Null,
            Some(Ok(value)) => value,
            Some(Err(problem)) => return Err(Error::custom(problem)),
        };
        seed.deserialize(Resolved {
            value,
            attachments: &self.attachments,
        })
    }
}

/// The attachments of a packet. Each stands for one placeholder, as every Socket.IO client writes them; a packet that
/// repeats one would let a small packet become a large value.
struct Attachments(RefCell<Vec<Option<Bytes>>>);

impl Attachments {
    fn new(attachments: &[Bytes]) -> Self {
        Self(RefCell::new(
            attachments.iter().cloned().map(Some).collect(),
        ))
    }

    fn take(&self, number: &Value) -> Result<Bytes, Error> {
        let index = number.as_u64().and_then(|n| usize::try_from(n).ok());
        let mut attachments = self.0.borrow_mut();
        let attachment = index.and_then(|index| attachments.get_mut(index));
        match attachment.map(Option::take) {
            Some(Some(bytes)) => Ok(bytes),
            Some(None) => Err(Error::custom(format_args!(
                "attachment {number} is used twice"
            ))),
            None => Err(Error::custom(format_args!(
                "the packet has no attachment {number}"
            ))),
        }
    }
}

/// A JSON value in which placeholders are bytes.
#[derive(Clone, Copy)]
struct Resolved<'a> {
    value: &'a Value,
    attachments: &'a Attachments,
}

impl<'a> Resolved<'a> {
    fn beside(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }

    /// The number of the attachment that the value stands for, if it is a placeholder.
    fn placeholder(self) -> Option<&'a Value> {
        let object = self.value.as_object()?;
        let is_placeholder = object.get("_placeholder") == Some(&Value::Bool(true));
        is_placeholder.then(|| object.get("num").unwrap_or(&Value::Null))
    }

    fn members(
        self,
        object: &'a serde_json::Map<String, Value>,
    ) -> MapDeserializer<'a, impl Iterator<Item = (&'a str, Self)>, Error> {
        MapDeserializer::new(
            object
                .iter()
                .map(move |(name, value)| (name.as_str(), self.beside(value))),
        )
    }
}

impl<'de> IntoDeserializer<'de, Error> for Resolved<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Resolved<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let Some(number) = self.placeholder() {
            return visitor.visit_byte_buf(self.attachments.take(number)?.into());
        }
        match self.value {
            Value::Array(elements) => visitor.visit_seq(SeqDeserializer::new(
                elements.iter().map(|element| self.beside(element)),
            )),
            Value::Object(object) => visitor.visit_map(self.members(object)),
            scalar => scalar.deserialize_any(visitor),
        }
    }

    /// Serde takes bytes that happen to be UTF-8 for text, which would make the type depend on the content.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.placeholder().is_some() {
            return Err(Error::invalid_type(Unexpected::Other("bytes"), &visitor));
        }
        self.value.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.value {
            Value::String(name) => visitor.visit_enum(name.as_str().into_deserializer()),
            Value::Object(object) if object.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(self.members(object)))
            }
            _ => Err(Error::custom(
                "expected the name of a variant, or an object with one member",
            )),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::arguments::{DecodeError, Variadic, encode};

    #[derive(Debug, Clone, Deserialize, Serialize, PartialEq)]
    struct Picture {
        name: String,
        data: Bytes,
        thumb: Option<Bytes>,
        #[serde(default)]
        tags: Vec<String>,
    }

    #[derive(Debug, Clone, Deserialize, Serialize, PartialEq)]
    enum Shape {
        Empty,
        One(Bytes),
        Two(u8, Bytes),
        Named { data: Bytes, rest: Vec<Shape> },
    }

    #[derive(Debug, Clone, Deserialize, Serialize, PartialEq)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Bytes(Bytes),
    }

    #[derive(Debug, Clone, Deserialize, Serialize, PartialEq)]
    #[serde(tag = "kind")]
    enum Tagged {
        Picture { data: Bytes },
    }

    #[derive(Debug, Clone, Deserialize, Serialize, PartialEq)]
    struct Flat {
        id: u8,
        #[serde(flatten)]
        picture: Picture,
    }

    fn bytes(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    /// Writes arguments as a client would and reads them back.
    fn there_and_back<T: DeserializeOwned + Serialize>(arguments: &T) -> Result<T, DecodeError> {
        let (list, attachments) = encode(arguments).unwrap();
        let list: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(&list).unwrap();
        let list: Vec<&str> = list.iter().map(|json| json.get()).collect();
        ArgumentList::of(&list, attachments).decode()
    }

    #[test]
    fn placeholders_resolve_wherever_bytes_can_stand() {
        let picture = Picture {
            name: "n".to_owned(),
            data: bytes("abc"),
            thumb: Some(bytes("")),
            tags: vec!["x".to_owned()],
        };
        let shapes = vec![
            Shape::Empty,
            Shape::One(bytes("1")),
            Shape::Two(7, bytes("2")),
            Shape::Named {
                data: bytes("3"),
                rest: vec![Shape::One(bytes("4"))],
            },
        ];
        let flat = Flat {
            id: 1,
            picture: picture.clone(),
        };
        let all = (
            picture,
            shapes,
            (Some(bytes("o")), None::<Bytes>, (1, bytes("t"))),
            // An untagged enum asks serde, which takes UTF-8 for text.
            vec![
                Either::Text("x".to_owned()),
                Either::Bytes(Bytes::from_static(&[0xff])),
            ],
            Tagged::Picture { data: bytes("z") },
            flat,
        );
        assert_eq!(there_and_back(&all).unwrap(), all);
    }

    fn refused<T: DeserializeOwned + std::fmt::Debug>(
        json: &[&str],
        attachments: &[&str],
    ) -> String {
        let attachments = attachments.iter().map(|text| bytes(text)).collect();
        let refused = ArgumentList::of(json, attachments).decode::<T>();
        refused.unwrap_err().about("e")
    }

    #[test]
    fn what_does_not_resolve_is_named() {
        let first = r#"{"_placeholder":true,"num":0}"#;
        let missing = r#"{"_placeholder":true,"num":7}"#;
        let nameless = r#"{"_placeholder":true}"#;
        assert_eq!(
            refused::<Bytes>(&[missing], &["a"]),
            "argument 1 of \"e\": expected Bytes, but the packet has no attachment 7"
        );
        assert!(refused::<Bytes>(&[nameless], &["a"]).contains("no attachment null"));
        assert_eq!(
            refused::<(Bytes, Bytes)>(&[first, first], &["a"]),
            "argument 2 of \"e\": expected Bytes, but attachment 0 is used twice"
        );
        assert_eq!(
            refused::<String>(&[first], &["a"]),
            "argument 1 of \"e\": expected String, but invalid type: bytes, expected a string"
        );
        // A JSON value has no place for bytes.
        assert_eq!(
            refused::<Value>(&[first], &["a"]),
            "argument 1 of \"e\": expected Value, but invalid type: byte array, expected any valid JSON value"
        );
        // Without attachments a placeholder is an object like any other.
        assert!(refused::<Bytes>(&[first], &[]).contains("map"));
    }

    fn shape() -> impl Strategy<Value = Shape> {
        let blob = || any::<Vec<u8>>().prop_map(Bytes::from);
        let leaf = prop_oneof![
            Just(Shape::Empty),
            blob().prop_map(Shape::One),
            (any::<u8>(), blob()).prop_map(|(n, data)| Shape::Two(n, data)),
        ];
        leaf.prop_recursive(3, 16, 4, move |inner| {
            (blob(), proptest::collection::vec(inner, 0..4))
                .prop_map(|(data, rest)| Shape::Named { data, rest })
        })
    }

    proptest! {
        #[test]
        fn arguments_read_back_as_written(text: String, number: i64, float in proptest::num::f64::NORMAL, shapes in proptest::collection::vec(shape(), 0..4)) {
            let all = (text, number, float, shapes);
            prop_assert_eq!(there_and_back(&all).unwrap(), all);
        }

        /// Numbers too: what a page draws must not move when it comes back.
        #[test]
        fn numbers_read_back_as_written(float in proptest::num::f64::NORMAL) {
            let text = serde_json::json!(float).to_string();
            let list = ArgumentList::of(&[text.as_str()], Vec::new());
            prop_assert_eq!(list.decode::<f64>().unwrap(), float);
        }

        #[test]
        fn no_argument_panics(json in "\\PC{0,40}", blob: Vec<u8>) {
            let list = ArgumentList::of(&[json.as_str()], vec![Bytes::from(blob)]);
            let _ = list.decode::<Shape>();
            let _ = list.decode::<Variadic<Option<Picture>>>();
            let plain = ArgumentList::of(&[json.as_str()], Vec::new());
            let _ = plain.decode::<(Shape, Option<u8>)>();
        }
    }
}
