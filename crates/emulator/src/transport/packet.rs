//! What a session carries: packets that many sessions may share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sio_protocol::engine::SEPARATOR;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Bytes that a small packet may keep alive besides itself and as much again.
const KEPT_ALIVE: usize = 1024;

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

    /// A packet that is a piece of a text. A large piece shares the text's memory; a small one is copied, so that it does
    /// not keep all of the text alive while it waits.
    #[must_use]
    pub fn within(text: &Utf8Bytes, piece: &str) -> Self {
        if text.len() > 2 * piece.len() + KEPT_ALIVE {
            return Self::text(piece);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a packet is in the memory of a text.
    fn shares(text: &Utf8Bytes, packet: &Packet) -> bool {
        let Packet::Text(packet) = packet else {
            return false;
        };
        let within = text.as_bytes().as_ptr_range();
        within.contains(&packet.as_bytes().as_ptr())
    }

    #[test]
    fn a_small_piece_does_not_keep_a_large_text_alive() {
        let small = r#"42["a"]"#;
        let text: Utf8Bytes = format!("{small}\u{1e}3{}", "x".repeat(1_000_000)).into();
        let packet = Packet::within(&text, &text[..small.len()]);
        assert_eq!(packet, Packet::text(small));
        assert!(!shares(&text, &packet));
    }

    #[test]
    fn a_packet_keeps_at_most_twice_its_size_and_a_little_alive() {
        for length in [0, 1, 100, 1000, 1024, 5000, 100_000] {
            let text: Utf8Bytes = "x".repeat(length).into();
            for piece in (0..length).step_by(97) {
                let packet = Packet::within(&text, &text[..piece]);
                let kept = if shares(&text, &packet) {
                    length
                } else {
                    piece
                };
                assert!(
                    kept <= 2 * packet.size() + KEPT_ALIVE,
                    "{piece} of {length}"
                );
            }
            // One that is alone is not copied.
            assert!(length == 0 || shares(&text, &Packet::within(&text, &text)));
        }
    }
}
