//! What a client heard.

use serde_json::Value;

use crate::arguments::Bytes;

/// What a client heard: an event, or the answer to one of its own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Received {
    /// The event's name; for an acknowledgement that of the event which it answers.
    pub event: String,
    /// The arguments, as a list. Bytes are placeholders in it.
    pub arguments: Value,
    /// The bytes that the placeholders stand for, in their order.
    pub attachments: Vec<Bytes>,
}
