//! Any number of arguments of one type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple as _, Serializer};

/// The name by which the list of arguments recognises this type; serde has no way to ask for a tuple of any length.
pub(super) const VARIADIC: &str = "$socketio_functions::Variadic";

/// Any number of arguments of one type, in an event, an acknowledgement or the [`contract`](crate::contract).
///
/// A `Vec` is one argument, a list. This is as many arguments as it has elements:
///
/// ```
/// # use socketio_functions::prelude::*;
/// use socketio_functions::extract::Variadic;
///
/// /// socket.emit("sum", 1, 2, 3, (sum) => …)
/// async fn sum(Data(Variadic(numbers)): Data<Variadic<i64>>) -> Ack<i64> {
///     Ack(numbers.iter().sum())
/// }
/// # let _ = Hub::new("hub").on("sum", sum);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variadic<T>(pub Vec<T>);

impl<T: Serialize> Serialize for Variadic<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for element in &self.0 {
            tuple.serialize_element(element)?;
        }
        tuple.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Variadic<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(VARIADIC, Elements(PhantomData))
    }
}

struct Elements<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
    type Value = Variadic<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        Vec::deserialize(deserializer).map(Variadic)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(Variadic(elements))
    }
}
