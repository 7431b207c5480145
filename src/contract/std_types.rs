//! TypeScript for the types of the standard library, of JSON, and of the protocol's names.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use sio_protocol::names::{Namespace, Room, SocketId};

use super::typescript::{TypeScript, Types};

macro_rules! plain {
    ($($name:literal: $($type:ty),*;)*) => {$($(
        impl TypeScript for $type {
            fn type_name(_: &mut Types) -> String {
                $name.to_owned()
            }
        }
    )*)*};
}

plain! {
    "string": String, str, char, Room, SocketId, Namespace;
    "boolean": bool;
    "number": u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64;
    "ArrayBuffer | Uint8Array": Bytes;
    "unknown": serde_json::Value;
    "Record<string, unknown>": serde_json::Map<String, serde_json::Value>;
    "null": ();
}

macro_rules! inner {
    ($($type:ty),*) => {$(
        impl<T: TypeScript + ?Sized> TypeScript for $type {
            fn type_name(types: &mut Types) -> String {
                T::type_name(types)
            }
        }
    )*};
}

inner!(&T, Box<T>, Arc<T>);

impl<T: TypeScript> TypeScript for Option<T> {
    fn type_name(types: &mut Types) -> String {
        format!("{} | null", T::type_name(types))
    }
}

macro_rules! lists {
    ($($type:ty $(, $size:ident)?;)*) => {$(
        impl<T: TypeScript $(, const $size: usize)?> TypeScript for $type {
            fn type_name(types: &mut Types) -> String {
                list(&T::type_name(types))
            }
        }
    )*};
}

lists! {
    Vec<T>;
    [T];
    [T; N], N;
    BTreeSet<T>;
    HashSet<T>;
}

fn list(element: &str) -> String {
    if element.contains(' ') && !element.ends_with('}') {
        format!("({element})[]")
    } else {
        format!("{element}[]")
    }
}

macro_rules! maps {
    ($($map:ident),*) => {$(
        impl<K, T: TypeScript> TypeScript for $map<K, T> {
            fn type_name(types: &mut Types) -> String {
                format!("Record<string, {}>", T::type_name(types))
            }
        }
    )*};
}

maps!(BTreeMap, HashMap);

macro_rules! tuples {
    ($(($($part:ident),*);)*) => {$(
        impl<$($part: TypeScript),*> TypeScript for ($($part,)*) {
            fn type_name(types: &mut Types) -> String {
                let parts = [$($part::type_name(types)),*];
                format!("[{}]", parts.join(", "))
            }
        }
    )*};
}

tuples! {
    (A);
    (A, B);
    (A, B, C);
    (A, B, C, D);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name<T: TypeScript>() -> String {
        T::type_name(&mut Types::default())
    }

    #[test]
    fn types_are_those_of_the_json() {
        assert_eq!(name::<Vec<Option<u8>>>(), "(number | null)[]");
        assert_eq!(name::<[&str; 2]>(), "string[]");
        assert_eq!(name::<Vec<Bytes>>(), "(ArrayBuffer | Uint8Array)[]");
        assert_eq!(
            name::<HashMap<String, (bool, f64)>>(),
            "Record<string, [boolean, number]>"
        );
    }
}
