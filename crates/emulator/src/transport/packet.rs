//! What a session carries: packets that many sessions may share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sio_protocol::engine::SEPARATOR;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// One Engine.IO packet. A copy shares the bytes, so that a broadcast is encoded once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// A packet in its text form, type digit included: `42["chat"]`.
    Text(Utf8Bytes),
    /// Bytes that belong to the message before them.
    Binary(Bytes),
}

impl Packet {
    /// A packet of constant text.
    #[must_use]
    pub const fn fixed(text: &'static str) -> Self {
        Self::Text(Utf8Bytes::from_static(text))
    }

    /// A packet of this text.
    pub fn text(text: impl Into<Utf8Bytes>) -> Self {
        Self::Text(text.into())
    }

    /// A packet that is a piece of a text, without copying it.
    #[must_use]
    pub fn within(text: &Utf8Bytes, piece: &str) -> Self {
        let bytes: &Bytes = text.as_ref();
        // The piece was valid text as part of the whole; checking it again costs less than a copy.
        let shared = Utf8Bytes::try_from(bytes.slice_ref(piece.as_bytes()));
        Self::Text(shared.unwrap_or_else(|_| piece.into()))
    }

    /// How many bytes the packet has.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// The WebSocket message that carries the packet.
    pub(super) fn into_message(self) -> Message {
        match self {
            Self::Text(text) => Message::Text(text),
            Self::Binary(bytes) => Message::Binary(bytes),
        }
    }

    /// Appends the packet to a polling body.
    pub(super) fn append_to(&self, body: &mut String) {
        if !body.is_empty() {
            body.push(SEPARATOR);
        }
        match self {
            Self::Text(text) => body.push_str(text),
            Self::Binary(bytes) => {
                body.push('b');
                STANDARD.encode_string(bytes, body);
            }
        }
    }
}
