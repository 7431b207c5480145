//! Engine.IO v4 packets, and the payloads that join several of them with U+001E.
//!
//! Source: the public Engine.IO protocol, revision 4; docs/contracts/service.md, "Engine.IO session" and "Server to
//! client payloads".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What separates packets in a polling body, a webhook body and a REST body.
pub const SEPARATOR: char = '\u{1e}';

/// One Engine.IO packet in its text form, borrowed from what arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0`: the server's handshake, JSON text.
    Open(&'a str),
    /// `1`: the sender closes the session.
    Close,
    /// `2`: heartbeat of the server, or the probe of an upgrade.
    Ping(&'a str),
    /// `3`: the answer to a ping.
    Pong(&'a str),
    /// `4`: a Socket.IO packet.
    Message(&'a str),
    /// `5`: the client moves to this transport.
    Upgrade,
    /// `6`: releases a pending poll.
    Noop,
    /// `b` and base64: bytes that belong to the binary message before them.
    Binary(Vec<u8>),
}

/// Text that is not an Engine.IO packet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacketError {
    /// Nothing at all, where a packet was expected.
    #[error("an empty Engine.IO packet")]
    Empty,
    /// A first character that names no packet type.
    #[error("unknown Engine.IO packet type {0:?}")]
    Type(char),
    /// A `b` packet whose text is not base64.
    #[error("a binary Engine.IO packet that is not base64")]
    Base64,
}

impl<'a> Packet<'a> {
    /// Reads one packet.
    ///
    /// # Errors
    /// The text is empty, its type unknown, or its base64 broken.
    pub fn decode(text: &'a str) -> Result<Self, PacketError> {
        let kind = text.chars().next().ok_or(PacketError::Empty)?;
        let rest = &text[kind.len_utf8()..];
        Ok(match kind {
            '0' => Self::Open(rest),
            '1' => Self::Close,
            '2' => Self::Ping(rest),
            '3' => Self::Pong(rest),
            '4' => Self::Message(rest),
            '5' => Self::Upgrade,
            '6' => Self::Noop,
            'b' => Self::Binary(STANDARD.decode(rest).map_err(|_| PacketError::Base64)?),
            other => return Err(PacketError::Type(other)),
        })
    }

    /// Writes the packet in its text form.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::Open(rest) => format!("0{rest}"),
            Self::Close => "1".to_owned(),
            Self::Ping(rest) => format!("2{rest}"),
            Self::Pong(rest) => format!("3{rest}"),
            Self::Message(rest) => format!("4{rest}"),
            Self::Upgrade => "5".to_owned(),
            Self::Noop => "6".to_owned(),
            Self::Binary(bytes) => encode_binary(bytes),
        }
    }
}

/// The text form of an attachment: `b` and base64 with padding.
#[must_use]
pub fn encode_binary(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(1 + bytes.len().div_ceil(3) * 4);
    text.push('b');
    STANDARD.encode_string(bytes, &mut text);
    text
}

/// The packets of a payload, one after the other. An empty payload is one empty packet, hence an error to decode.
pub fn split(payload: &str) -> impl Iterator<Item = &str> {
    payload.split(SEPARATOR)
}

/// What a server tells a client when a session opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handshake {
    /// The session's id; in this service also the connection's.
    pub sid: String,
    /// Transports that the client may move to: `["websocket"]` on polling, none on a WebSocket.
    pub upgrades: Vec<String>,
    /// Milliseconds between two pings of the server.
    pub ping_interval: u64,
    /// Milliseconds that the client has to answer one.
    pub ping_timeout: u64,
    /// The most bytes that one polling body may have.
    pub max_payload: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_read_back_as_written() {
        for packet in [
            Packet::Open("{}"),
            Packet::Close,
            Packet::Ping("probe"),
            Packet::Pong(""),
            Packet::Message("2[\"a\"]"),
            Packet::Upgrade,
            Packet::Noop,
            Packet::Binary(vec![1, 2, 3]),
        ] {
            let text = packet.encode();
            assert_eq!(Packet::decode(&text), Ok(packet));
        }
        assert_eq!(Packet::decode("bAQID"), Ok(Packet::Binary(vec![1, 2, 3])));
    }

    #[test]
    fn what_is_no_packet_is_an_error() {
        assert_eq!(Packet::decode(""), Err(PacketError::Empty));
        assert_eq!(Packet::decode("é"), Err(PacketError::Type('é')));
        assert_eq!(Packet::decode("b!"), Err(PacketError::Base64));
    }
}
