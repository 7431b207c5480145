//! The arguments of events and acknowledgements: Rust values to JSON lists and back.
//!
//! One rule holds in both directions. What serde calls a tuple is the list of arguments: tuples, references to them, and
//! arrays of fixed size. `()` is the empty list. Anything else is one argument, a `Vec`, an `Option`, a struct or a
//! `serde_json::Value` included. [`Variadic`] is for any number of arguments of one type.

mod attachments;
mod bytes;
mod decode;
mod encode;
mod list;
mod probe;
mod type_text;
mod variadic;

pub use bytes::Bytes;
#[cfg(test)]
pub(crate) use decode::DecodeError;
pub(crate) use encode::{encode, event_data};
pub(crate) use list::ArgumentList;
pub(crate) use probe::has_bytes;
pub(crate) use type_text::short;
pub use variadic::Variadic;
