//! Keeping what was said between host and handler, one file an exchange, to be said again.
//!
//! A [`Recording`] is the file's content. What it must not hold is left out or masked as described in [`secrets`].

mod exchange;
mod recorder;
mod secrets;
mod tape;

pub use exchange::{RecordedAnswer, RecordedBody, Recording};
pub(crate) use recorder::Recorder;
pub(crate) use secrets::masked;
pub(crate) use tape::{Heard, Tape, Track};
