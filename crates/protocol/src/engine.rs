//! Engine.IO v4 packets, and the payloads that join several of them with U+001E.
//!
//! Source: the public Engine.IO protocol, revision 4; docs/contracts/service.md, "Engine.IO session" and "Server to
//! client payloads".

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
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
}

impl<'a> Packet<'a> {
    /// Reads one packet.
    ///
    /// # Errors
    /// The text is empty or its type unknown.
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
            'b' => Self::Binary(decode_binary(rest)),
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

/// The bytes of an attachment's base64, read as generously as the reference parser does: of either alphabet, with or
/// without padding, with line breaks anywhere. Java's encoder breaks lines, for one.
#[must_use]
pub fn decode_binary(base64: &str) -> Vec<u8> {
    const GENEROUS: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    // What every other client sends needs no second pass.
    if let Ok(bytes) = STANDARD.decode(base64) {
        return bytes;
    }
    let digits = base64.bytes().take_while(|byte| *byte != b'=');
    let mut digits: Vec<u8> = digits
        .filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' => Some(byte),
            _ => byte.is_ascii_alphanumeric().then_some(byte),
        })
        .collect();
    if digits.len() % 4 == 1 {
        // Six bits are not a byte.
        digits.pop();
    }
    GENEROUS.decode(digits).unwrap_or_default()
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
    }

    #[test]
    fn base64_is_read_as_every_client_writes_it() {
        for (text, bytes) in [
            ("AQID", &[1, 2, 3][..]),
            ("AQID\n", &[1, 2, 3]),
            ("AQID\r\nBAUG\r\n", &[1, 2, 3, 4, 5, 6]),
            (" A Q\tI D ", &[1, 2, 3]),
            ("AQ", &[1]),
            ("AQ=", &[1]),
            ("AQ==\n", &[1]),
            ("-_8", &[0xfb, 0xff]),
            ("-_8=", &[0xfb, 0xff]),
            ("+/8=", &[0xfb, 0xff]),
            ("AR==", &[1]),
            ("", &[]),
            ("A", &[]),
            ("!", &[]),
        ] {
            assert_eq!(decode_binary(text), bytes, "{text:?}");
            assert_eq!(
                Packet::decode(&format!("b{text}")),
                Ok(Packet::Binary(bytes.to_vec()))
            );
        }
    }
}
