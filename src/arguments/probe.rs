//! Whether a type holds bytes, found by having it read from nothing.
//!
//! A type says what it is made of by what its `Deserialize` asks for. The probe answers each request with a value of the
//! kind, and notes requests for bytes. Every variant of an enum is tried in turn. What a type hides stays hidden: bytes
//! inside an untagged enum or a flattened struct ask for anything, and a type that refuses the probe's values ends the
//! search in its place.

use std::cell::Cell;
use std::fmt;

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer as _, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};

/// How deep a type may be nested; a type that contains itself ends here.
const DEEPEST: usize = 16;

/// How many places are looked at, so that a type that contains itself several times comes to an end.
const MOST_PLACES: u32 = 20_000;

/// How many variants of an enum are tried.
const MOST_VARIANTS: u32 = 64;

/// Whether a type asks for bytes anywhere.
#[must_use]
pub(crate) fn has_bytes<T: DeserializeOwned>() -> bool {
    let probe = Probe::default();
    let mut variant = 0;
    loop {
        probe.variant.set(variant);
        // What it makes of the values does not matter.
        let _ = T::deserialize(At {
            probe: &probe,
            depth: 0,
        });
        variant += 1;
        if probe.found.get() || variant >= probe.variants.get().min(MOST_VARIANTS) {
            return probe.found.get();
        }
    }
}

#[derive(Default)]
struct Probe {
    found: Cell<bool>,
    places: Cell<u32>,
    /// The variant that enums are read as, and how many the largest enum has.
    variant: Cell<u32>,
    variants: Cell<u32>,
}

/// The end of a search. It says nothing: it is never read.
#[derive(Debug)]
struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the probe ended")
    }
}

impl std::error::Error for Ended {}

impl serde::de::Error for Ended {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self
    }
}

/// A place in a value.
#[derive(Clone, Copy)]
struct At<'a> {
    probe: &'a Probe,
    depth: usize,
}

impl At<'_> {
    fn inside(self) -> Result<Self, Ended> {
        let depth = self.depth + 1;
        let places = self.probe.places.get() + 1;
        self.probe.places.set(places);
        match depth <= DEEPEST && places <= MOST_PLACES && !self.probe.found.get() {
            true => Ok(Self { depth, ..self }),
            false => Err(Ended),
        }
    }

    fn found<T>(self) -> Result<T, Ended> {
        self.probe.found.set(true);
        Err(Ended)
    }
}

macro_rules! scalars {
    ($($method:ident: $visit:ident $value:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for At<'_> {
    type Error = Ended;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Ended> {
        Err(Ended)
    }

    scalars! {
        deserialize_bool: visit_bool false;
        deserialize_i8: visit_i8 0;
        deserialize_i16: visit_i16 0;
        deserialize_i32: visit_i32 0;
        deserialize_i64: visit_i64 0;
        deserialize_i128: visit_i128 0;
        deserialize_u8: visit_u8 0;
        deserialize_u16: visit_u16 0;
        deserialize_u32: visit_u32 0;
        deserialize_u64: visit_u64 0;
        deserialize_u128: visit_u128 0;
        deserialize_f32: visit_f32 0.0;
        deserialize_f64: visit_f64 0.0;
        deserialize_char: visit_char 'a';
        deserialize_str: visit_str "/a";
        deserialize_string: visit_str "/a";
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Ended> {
        self.found()
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Ended> {
        self.found()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        match self.inside() {
            Ok(inside) => visitor.visit_some(inside),
            Err(_) => visitor.visit_none(),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Ended> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Ended> {
        visitor.visit_newtype_struct(self.inside()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        self.deserialize_tuple(1, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_seq(Parts {
            at: self.inside()?,
            left: len,
            names: &[],
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Ended> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_map(Parts {
            at: self.inside()?,
            left: 1,
            names: &[],
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Ended> {
        visitor.visit_map(Parts {
            at: self.inside()?,
            left: names.len(),
            names,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Ended> {
        let count = u32::try_from(variants.len()).unwrap_or(u32::MAX);
        let probe = self.probe;
        probe.variants.set(probe.variants.get().max(count));
        // An enum with fewer variants is read as its last while a larger one is tried to its end.
        let variant = probe.variant.get().min(count.saturating_sub(1));
        visitor.visit_enum(Variant {
            at: self.inside()?,
            variant,
        })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_str("/a")
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Ended> {
        visitor.visit_unit()
    }
}

/// The elements of a list, or the members of a map or a struct.
struct Parts<'a> {
    at: At<'a>,
    left: usize,
    names: &'static [&'static str],
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Ended;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Ended> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.at).map(Some)
    }
}

impl<'de> MapAccess<'de> for Parts<'_> {
    type Error = Ended;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Ended> {
        if self.left == 0 {
            return Ok(None);
        }
        let name = self.names.iter().rev().nth(self.left - 1);
        self.left -= 1;
        match name {
            Some(name) => {
                let name: StrDeserializer<'_, Ended> = name.into_deserializer();
                seed.deserialize(name).map(Some)
            }
            None => seed.deserialize(self.at).map(Some),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Ended> {
        seed.deserialize(self.at)
    }
}

/// One variant of an enum.
struct Variant<'a> {
    at: At<'a>,
    variant: u32,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Ended;
    type Variant = At<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, At<'a>), Ended> {
        let index: U32Deserializer<Ended> = self.variant.into_deserializer();
        Ok((seed.deserialize(index)?, self.at))
    }
}

impl<'de> VariantAccess<'de> for At<'_> {
    type Error = Ended;

    fn unit_variant(self) -> Result<(), Ended> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Ended> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Ended> {
        self.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Ended> {
        self.deserialize_struct("", names, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use bytes::Bytes;
    use serde::Deserialize;

    use super::*;
    use crate::arguments::Variadic;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only their types are looked at")]
    struct Picture {
        name: String,
        thumb: Option<Bytes>,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only their types are looked at")]
    enum Shape {
        Empty,
        Point(u8, u8),
        Deep {
            inner: Vec<HashMap<String, Picture>>,
        },
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only their types are looked at")]
    struct Tree {
        name: String,
        children: Vec<Tree>,
        parent: Option<Box<Tree>>,
    }

    #[derive(Deserialize)]
    struct Plain(#[expect(dead_code, reason = "only its type is looked at")] Vec<u8>);

    #[test]
    fn bytes_are_found_wherever_a_type_asks_for_them() {
        assert!(has_bytes::<Bytes>());
        assert!(has_bytes::<(String, Bytes)>());
        assert!(has_bytes::<Picture>());
        assert!(has_bytes::<(u8, Vec<Option<Shape>>)>());
        assert!(has_bytes::<Variadic<Bytes>>());
    }

    #[test]
    fn types_without_bytes_have_none() {
        assert!(!has_bytes::<()>());
        assert!(!has_bytes::<(String, Option<u8>)>());
        assert!(!has_bytes::<Plain>());
        assert!(!has_bytes::<Tree>());
        assert!(!has_bytes::<serde_json::Value>());
    }
}
