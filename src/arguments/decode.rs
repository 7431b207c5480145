//! JSON lists to arguments.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::attachments::Attached;
use super::variadic::VARIADIC;
use super::{ArgumentList, short};

/// A list of arguments does not have the shape that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// An argument has another shape.
    Argument {
        /// Counts from 1.
        position: usize,
        /// The type that was asked for.
        expected: String,
        /// What came instead.
        problem: String,
    },
    /// There are more arguments than were asked for.
    TooMany {
        /// How many were asked for.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// The arguments fit one by one, and together they do not.
    Together(String),
}

impl DecodeError {
    /// The sentence for the log about the arguments of this event.
    #[must_use]
    pub(crate) fn about(&self, event: &str) -> String {
        match self {
            Self::Argument {
                position,
                expected,
                problem,
            } => format!("argument {position} of {event:?}: expected {expected}, {problem}"),
            Self::TooMany { expected, found } => {
                format!(
                    "{found} arguments of {event:?} were sent where the handler takes {expected}"
                )
            }
            Self::Together(problem) => format!("arguments of {event:?}: {problem}"),
        }
    }
}

impl ArgumentList {
    /// Reads the arguments by the rule of this module.
    ///
    /// # Errors
    /// The first argument that does not fit, with its position.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let reader = Reader {
            list: self,
            attached: (!self.attachments.is_empty()).then(|| Attached::read(self)),
        };
        match T::deserialize(TopLevel(&reader)) {
            Ok(value) => Ok(value),
            Err(Stop::One) => {
                reader.at_most(1)?;
                reader.argument(0, PhantomData::<T>)
            }
            Err(Stop::Failed(error)) => Err(error),
        }
    }
}

/// Reads single arguments.
struct Reader<'a> {
    list: &'a ArgumentList,
    /// The arguments of an event with attachments.
    attached: Option<Attached>,
}

impl<'de> Reader<'de> {
    fn at_most(&self, expected: usize) -> Result<(), DecodeError> {
        match self.list.len() {
            found if found > expected => Err(DecodeError::TooMany { expected, found }),
            _ => Ok(()),
        }
    }

    /// Reads the argument at an index. A missing one reads as `null`, so that an `Option` becomes `None`.
    fn argument<S: DeserializeSeed<'de>>(
        &'de self,
        index: usize,
        seed: S,
    ) -> Result<S::Value, DecodeError> {
        let json = self.list.get(index);
        let read = match &self.attached {
            None => {
                let text = json.unwrap_or(b"null");
                seed.deserialize(&mut serde_json::Deserializer::from_slice(text))
            }
            Some(attached) => attached.argument(index, seed),
        };
        read.map_err(|error| DecodeError::Argument {
            position: index + 1,
            expected: short(type_name::<S::Value>()),
            problem: match json {
                None => "got nothing".to_owned(),
                Some(json) => problem(json, &error),
            },
        })
    }
}

/// What came instead. For a scalar its kind says it all; inside a structure serde knows better where it went wrong.
fn problem(json: &[u8], error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let kind = match json.first() {
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(b'-' | b'0'..=b'9') => "a number",
        _ => return format!("but {text}"),
    };
    if text.starts_with("invalid type") {
        format!("got {kind}")
    } else {
        format!("got {kind}: {text}")
    }
}

/// Why the arguments were not read as a list.
#[derive(Debug)]
enum Stop {
    /// One argument is asked for.
    One,
    Failed(DecodeError),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Stop {}

impl serde::de::Error for Stop {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self::Failed(DecodeError::Together(message.to_string()))
    }
}

impl From<DecodeError> for Stop {
    fn from(error: DecodeError) -> Self {
        Self::Failed(error)
    }
}

/// Reads what serde calls a tuple, and stops where anything else is asked for.
struct TopLevel<'de>(&'de Reader<'de>);

impl<'de> Deserializer<'de> for TopLevel<'de> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop::One)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.0.at_most(0)?;
        visitor.visit_unit()
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        self.0.at_most(len)?;
        visitor.visit_seq(Elements {
            reader: self.0,
            next: 0,
            len,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match name {
            VARIADIC => visitor.visit_seq(Elements {
                reader: self.0,
                next: 0,
                len: self.0.list.len(),
            }),
            _ => Err(Stop::One),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit_struct seq
        tuple_struct map struct enum identifier ignored_any
    }
}

/// The arguments from left to right.
struct Elements<'de> {
    reader: &'de Reader<'de>,
    next: usize,
    len: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Stop;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Stop> {
        if self.next == self.len {
            return Ok(None);
        }
        let value = self.reader.argument(self.next, seed)?;
        self.next += 1;
        Ok(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};

    use super::*;
    use crate::arguments::{Variadic, encode};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Point {
        x: i32,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Pair(i32, i32);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Name(String);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Both((i32, i32));

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Nothing;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Choice {
        Unit,
        One(u8),
        Two(u8, u8),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(transparent)]
    struct Clear((i32, i32));

    fn list(text: &str) -> ArgumentList {
        let list: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(text).unwrap();
        let list: Vec<&str> = list.iter().map(|json| json.get()).collect();
        ArgumentList::of(&list, Vec::new())
    }

    /// Holds one row of the rule in both directions.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a row reads as a table's")]
    fn row<T: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(value: T, written: &str) {
        assert_eq!(encode(&value).unwrap().0, written);
        assert_eq!(encode(&&value).unwrap().0, written, "by reference");
        assert_eq!(list(written).decode::<T>().unwrap(), value);
    }

    #[test]
    fn what_serde_calls_a_tuple_is_the_list_and_anything_else_is_one_argument() {
        row((), "[]");
        row(("a".to_owned(), 1), r#"["a",1]"#);
        row((1,), "[1]");
        row([1, 2, 3], "[1,2,3]");
        row([0_u8; 0], "[]");
        row(((1, 2), 3), "[[1,2],3]");
        row(Clear((1, 2)), "[1,2]");
        row(Variadic(vec![1, 2]), "[1,2]");
        row(Variadic::<u8>(Vec::new()), "[]");

        row("a".to_owned(), r#"["a"]"#);
        row(true, "[true]");
        row(7_u64, "[7]");
        row(1.5, "[1.5]");
        row('c', r#"["c"]"#);
        row(vec![1, 2], "[[1,2]]");
        row(Vec::<u8>::new(), "[[]]");
        row(vec![(1, 2)], "[[[1,2]]]");
        row(Some(1), "[1]");
        row(Some((1, 2)), "[[1,2]]");
        row(None::<u8>, "[null]");
        row(Point { x: 1 }, r#"[{"x":1}]"#);
        row(Pair(1, 2), "[[1,2]]");
        row(Name("n".to_owned()), r#"["n"]"#);
        row(Both((1, 2)), "[[1,2]]");
        row(Nothing, "[null]");
        row(Choice::Unit, r#"["Unit"]"#);
        row(Choice::One(1), r#"[{"One":1}]"#);
        row(Choice::Two(1, 2), r#"[{"Two":[1,2]}]"#);
        row(BTreeMap::from([("a".to_owned(), 1)]), r#"[{"a":1}]"#);
        row(Value::Null, "[null]");
        row(json!([1, 2]), "[[1,2]]");
        row(json!({ "a": 1 }), r#"[{"a":1}]"#);
        row(Box::new((1, 2)), "[1,2]");
    }

    #[test]
    fn borrowed_values_are_written_by_the_same_rule() {
        let text = String::from("t");
        assert_eq!(encode("t").unwrap().0, r#"["t"]"#);
        assert_eq!(encode(&(&text, &[1, 2][..])).unwrap().0, r#"["t",[1,2]]"#);
        assert_eq!(encode(&[1, 2][..]).unwrap().0, "[[1,2]]");
        assert_eq!(encode(&&()).unwrap().0, "[]");
        assert_eq!(encode(&&Value::Null).unwrap().0, "[null]");
    }

    #[test]
    fn an_absent_option_at_the_end_is_none() {
        assert_eq!(list("[1]").decode::<(u8, Option<u8>)>().unwrap(), (1, None));
        assert_eq!(list("[]").decode::<Option<u8>>().unwrap(), None);
        assert_eq!(
            list("[]").decode::<[Option<u8>; 2]>().unwrap(),
            [None, None]
        );
    }

    #[track_caller]
    fn refused<T: DeserializeOwned + fmt::Debug>(text: &str, why: &str) {
        assert_eq!(list(text).decode::<T>().unwrap_err().about("e"), why);
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_position() {
        refused::<(String, u32)>(
            r#"["a","b"]"#,
            "argument 2 of \"e\": expected u32, got a string",
        );
        refused::<(String, u32)>(r#"["a"]"#, "argument 2 of \"e\": expected u32, got nothing");
        refused::<u8>(
            "[300]",
            "argument 1 of \"e\": expected u8, got a number: invalid value: integer `300`, expected u8",
        );
        refused::<Point>("[]", "argument 1 of \"e\": expected Point, got nothing");
        refused::<Vec<Option<String>>>(
            "[{}]",
            "argument 1 of \"e\": expected Vec<Option<String>>, but invalid type: map, expected a sequence",
        );
        refused::<[u8; 2]>("[1]", "argument 2 of \"e\": expected u8, got nothing");
    }

    #[test]
    fn more_arguments_than_the_handler_takes_are_refused() {
        let why = |found: usize, expected: usize| {
            format!("{found} arguments of \"e\" were sent where the handler takes {expected}")
        };
        refused::<()>("[1]", &why(1, 0));
        refused::<u8>("[1,2]", &why(2, 1));
        refused::<Vec<u8>>("[1,2,3]", &why(3, 1));
        refused::<(u8, u8)>("[1,2,3]", &why(3, 2));
        refused::<[u8; 2]>("[1,2,3]", &why(3, 2));
        refused::<Value>("[1,2]", &why(2, 1));
    }
}
