//! What a webhook's answer or a REST call sends to a client: an Engine.IO payload, taken apart once for all receivers.
//!
//! Source: docs/contracts/service.md, "Server to client payloads".

use bytes::Bytes;
use serde::Deserialize;
use sio_protocol::engine::{self, SEPARATOR};
use sio_protocol::socket::{Kind, Packet as SocketPacket};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::hops::abridged;
use crate::transport::Packet;

/// A payload, ready for any number of connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) parts: Vec<Part>,
    /// Why something was left out, if so: the first reason.
    pub(crate) dropped: Option<String>,
}

/// A piece of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Packets that go out together, with nothing in between: messages, each with its attachments.
    Forward(Vec<Packet>),
    /// The service takes the client out of a namespace.
    Disconnect {
        namespace: String,
        /// Whether the whole connection is closed.
        close: bool,
    },
    /// The service closes the connection.
    Close,
}

#[derive(Deserialize)]
struct DisconnectData {
    #[serde(default)]
    close: bool,
}

impl Payload {
    /// Takes a payload apart. What has no meaning from upstream, or is longer than `limit` bytes, is left out with a
    /// reason, which is in the log, too.
    pub(crate) fn parse(text: &Utf8Bytes, limit: usize) -> Self {
        let mut parts = Vec::new();
        let (mut dropped, mut more) = (None, 0_usize);
        let mut drop = |problem: String| match dropped {
            None => dropped = Some(problem),
            Some(_) => more += 1,
        };
        // Attachments that the header before them still announces.
        let mut owed = 0;
        for packet in text.split(SEPARATOR) {
            if packet.len() > limit {
                let length = packet.len();
                drop(format!(
                    "a packet for clients was dropped: it has {length} bytes, and {limit} is the limit"
                ));
                owed = 0;
                continue;
            }
            match packet.as_bytes().first() {
                Some(b'4') => {
                    owed = 0;
                    match message(packet) {
                        Ok(Message::Disconnect { namespace, close }) => {
                            parts.push(Part::Disconnect { namespace, close });
                        }
                        Ok(Message::Other { attachments }) => {
                            owed = attachments;
                            let packet = Packet::within(text, packet);
                            match parts.last_mut() {
                                Some(Part::Forward(group)) => group.push(packet),
                                _ => parts.push(Part::Forward(vec![packet])),
                            }
                        }
                        Err(problem) => {
                            drop(format!("a packet for clients was dropped: {problem}"));
                        }
                    }
                }
                Some(b'b') => match (engine::Packet::decode(packet), parts.last_mut(), owed) {
                    (Ok(engine::Packet::Binary(bytes)), Some(Part::Forward(group)), 1..) => {
                        owed -= 1;
                        group.push(Packet::Binary(Bytes::from(bytes)));
                    }
                    _ => drop(
                        "an attachment for clients was dropped: broken base64, or no message announced it".to_owned(),
                    ),
                },
                Some(b'1') => parts.push(Part::Close),
                // An empty answer is the usual one; a noop means nothing.
                None | Some(b'6') => {}
                Some(_) => drop(format!(
                    "a packet for clients was dropped: it begins with {:?}, which no message does",
                    packet.chars().next().unwrap_or_default()
                )),
            }
        }
        // One line, however many packets there are: a payload has room for a million.
        match (&dropped, more) {
            (None, _) => {}
            (Some(problem), 0) => tracing::warn!("{problem}"),
            (Some(problem), more) => tracing::warn!("{problem}; {more} more were dropped"),
        }
        Self { parts, dropped }
    }

    /// What the payload is about, in a word or two.
    pub(crate) fn summary(&self) -> String {
        match self.parts.first() {
            Some(Part::Forward(group)) => match group.first() {
                Some(Packet::Text(text)) => describe(text),
                _ => "bytes".to_owned(),
            },
            Some(Part::Disconnect { close: false, .. }) => "disconnect".to_owned(),
            Some(Part::Disconnect { close: true, .. } | Part::Close) => "close".to_owned(),
            None => "nothing".to_owned(),
        }
    }
}

enum Message {
    Disconnect { namespace: String, close: bool },
    Other { attachments: usize },
}

fn message(packet: &str) -> Result<Message, String> {
    let parsed = SocketPacket::parse(&packet[1..]).map_err(|error| error.to_string())?;
    if parsed.kind != Kind::Disconnect {
        return Ok(Message::Other {
            attachments: parsed.attachments,
        });
    }
    // The data is for the service: a client that saw it would report a parse error and reconnect for ever.
    let close = if parsed.data.is_empty() {
        false
    } else {
        let data: DisconnectData = serde_json::from_str(parsed.data)
            .map_err(|error| format!("the data of a disconnect packet: {error}"))?;
        data.close
    };
    Ok(Message::Disconnect {
        namespace: parsed.namespace.to_owned(),
        close,
    })
}

fn describe(text: &str) -> String {
    let Ok(packet) = SocketPacket::parse(&text[1..]) else {
        return "packet".to_owned();
    };
    match packet.kind {
        Kind::Ack | Kind::BinaryAck => "ack".to_owned(),
        Kind::Connect => "connect".to_owned(),
        Kind::ConnectError => "connect_error".to_owned(),
        _ => packet
            .event()
            .map_or_else(|_| "packet".to_owned(), |event| abridged(&event.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<Part> {
        Payload::parse(&text.into(), 100).parts
    }

    fn forward(packets: &[Packet]) -> Part {
        Part::Forward(packets.to_vec())
    }

    #[test]
    fn messages_are_forwarded_together() {
        assert_eq!(
            parse("42[\"a\"]\u{1e}43/ns,1[]\u{1e}6"),
            [forward(&[
                Packet::text("42[\"a\"]"),
                Packet::text("43/ns,1[]")
            ])]
        );
        assert_eq!(parse(""), []);
    }

    #[test]
    fn attachments_stay_with_their_message() {
        let header = "451-[\"f\",{\"_placeholder\":true,\"num\":0}]";
        assert_eq!(
            parse(&format!("{header}\u{1e}bAQID\u{1e}bAQID\u{1e}42[\"x\"]")),
            [forward(&[
                Packet::text(header),
                Packet::Binary(Bytes::from_static(&[1, 2, 3])),
                Packet::text("42[\"x\"]")
            ])]
        );
    }

    #[test]
    fn disconnect_and_close_are_for_the_service() {
        let disconnect = |namespace: &str, close| Part::Disconnect {
            namespace: namespace.to_owned(),
            close,
        };
        assert_eq!(parse("41"), [disconnect("/", false)]);
        assert_eq!(parse("41/ns,"), [disconnect("/ns", false)]);
        assert_eq!(parse("41{\"close\":true}"), [disconnect("/", true)]);
        assert_eq!(parse("41/ns,{\"close\":false}"), [disconnect("/ns", false)]);
        assert_eq!(parse("1"), [Part::Close]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_a_payload(text in "(\\PC|[0-6b\u{1e}/,\\[\\]{}\"-]|4[0-9]|close|true){0,30}") {
            let payload = Payload::parse(&text.as_str().into(), 1000);
            let _ = payload.summary();
        }
    }

    #[test]
    fn what_means_nothing_is_dropped() {
        for text in ["0{}", "2", "3probe", "5", "hello", "49", "bAQID", "4"] {
            assert_eq!(parse(text), [], "{text}");
        }
        let long = format!("42[\"{}\"]", "x".repeat(100));
        assert_eq!(parse(&long), []);
        let reason = Payload::parse(&long.as_str().into(), 100).dropped;
        assert!(reason.is_some_and(|reason| reason.contains("100 is the limit")));
        assert_eq!(Payload::parse(&"42[\"a\"]".into(), 100).dropped, None);
    }

    #[test]
    fn a_payload_is_read_in_time_that_grows_with_it() {
        for limit in [100, 1_000_000] {
            growth::assert_linear("a payload", |text| {
                for begin in ["", "42[\"a\"]\u{1e}", "41", "451-[]\u{1e}b"] {
                    let payload = Payload::parse(&format!("{begin}{text}").into(), limit);
                    let _ = payload.summary();
                }
            });
        }
    }
}
