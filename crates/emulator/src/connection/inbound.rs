//! What a client sends: packets read by the rules of the reference parser.
//!
//! Source: docs/contracts/service.md, "Connecting a namespace", "Events and acknowledgements" and "Binary".

use serde_json::Value;
use serde_json::value::RawValue;
use sio_protocol::names::Namespace;
use sio_protocol::socket::{Kind, Packet as SocketPacket, PacketError};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A complete packet of a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inbound {
    Connect {
        namespace: Namespace,
        /// The data, JSON text of an object.
        auth: Option<String>,
    },
    Disconnect {
        namespace: Namespace,
    },
    Event {
        namespace: Namespace,
        name: String,
        ack: bool,
        /// The Engine.IO payload: the packet as it came, attachments in their text form behind it.
        body: Utf8Bytes,
    },
    /// An event that the service cannot hand on, and why.
    Unsendable {
        namespace: Namespace,
        name: String,
        problem: String,
    },
    /// A namespace that no client can join, as the client wrote it, and why.
    Unjoinable {
        namespace: String,
        problem: String,
    },
    /// An acknowledgement, complete with its attachments.
    Ack {
        namespace: Namespace,
        id: Option<String>,
        body: Utf8Bytes,
    },
    /// A packet without payload. The reference parser takes it, and nothing comes of it.
    Empty {
        namespace: Namespace,
    },
}

/// Something that no conforming client sends. It ends the connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("protocol violation: {0}")]
pub(super) struct Violation(pub(super) String);

impl Violation {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }
}

/// The longest namespace that a client may ask for, in bytes. The group of a longer one would have a name of more than
/// 1,024 characters, which no REST call can address.
const LONGEST_NAMESPACE: usize = 765;

/// What a packet says, by the rules of the reference parser.
pub(super) fn interpret(packet: &SocketPacket<'_>, text: &Utf8Bytes) -> Result<Inbound, Violation> {
    let named = Namespace::new(packet.namespace);
    let unjoinable = |problem: String| Inbound::Unjoinable {
        namespace: packet.namespace.to_owned(),
        problem,
    };
    let namespace = match (named, packet.kind) {
        (Ok(_), Kind::Connect) if packet.namespace.len() > LONGEST_NAMESPACE => {
            return Ok(unjoinable(format!(
                "it is longer than {LONGEST_NAMESPACE} bytes"
            )));
        }
        (Ok(namespace), _) => namespace,
        (Err(_), Kind::Connect) => {
            let problem = "it has a character that no header can carry";
            return Ok(unjoinable(problem.to_owned()));
        }
        (Err(error), _) => return Err(Violation::new(error.to_string())),
    };
    match packet.kind {
        Kind::Connect => {
            let auth = match packet.data {
                "" => None,
                data if data.starts_with('{') => {
                    let object: &RawValue = serde_json::from_str(data)
                        .map_err(|error| Violation::new(error.to_string()))?;
                    Some(object.get().to_owned())
                }
                _ => {
                    return Err(Violation::new(
                        "the data of a connect packet is not an object",
                    ));
                }
            };
            Ok(Inbound::Connect { namespace, auth })
        }
        Kind::Disconnect if packet.data.is_empty() => Ok(Inbound::Disconnect { namespace }),
        Kind::Disconnect => Err(Violation::new("a disconnect packet with data")),
        Kind::ConnectError => Err(Violation::new("a refusal, which only a server sends")),
        _ if packet.data.is_empty() => Ok(Inbound::Empty { namespace }),
        Kind::Event | Kind::BinaryEvent => match packet.event() {
            Ok(event) => {
                check_placeholders(packet)?;
                Ok(Inbound::Event {
                    namespace,
                    name: event.name.into_owned(),
                    ack: packet.ack_id.is_some(),
                    body: text.clone(),
                })
            }
            Err(PacketError::Surrogate(name)) => Ok(Inbound::Unsendable {
                namespace,
                problem: "its name has half of a surrogate pair, which no header can carry"
                    .to_owned(),
                name,
            }),
            Err(error) => Err(Violation::new(error.to_string())),
        },
        Kind::Ack | Kind::BinaryAck => {
            let list: Result<Vec<&RawValue>, _> = serde_json::from_str(packet.data);
            list.map_err(|_| Violation::new("the data of an acknowledgement is not a list"))?;
            check_placeholders(packet)?;
            Ok(Inbound::Ack {
                namespace,
                id: packet.ack_id.map(str::to_owned),
                body: text.clone(),
            })
        }
    }
}

/// Checks that each placeholder of a binary packet stands for one of its attachments.
fn check_placeholders(packet: &SocketPacket<'_>) -> Result<(), Violation> {
    fn holds(value: &Value, attachments: usize) -> bool {
        match value {
            Value::Array(list) => list.iter().all(|value| holds(value, attachments)),
            Value::Object(object) if object.get("_placeholder") == Some(&Value::Bool(true)) => {
                let number = object.get("num").and_then(Value::as_f64);
                number.is_some_and(|number| (0.0..attachments as f64).contains(&number))
            }
            Value::Object(object) => object.values().all(|value| holds(value, attachments)),
            _ => true,
        }
    }
    if !packet.kind.is_binary() || !packet.data.contains("_placeholder") {
        return Ok(());
    }
    // Data with halves of surrogate pairs is JSON that this parser refuses; its placeholders are the client's business.
    match serde_json::from_str::<Value>(packet.data) {
        Ok(value) if !holds(&value, packet.attachments) => {
            Err(Violation::new("a placeholder without its attachment"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use sio_protocol::group::Group;

    use super::*;

    /// What a packet without attachments says.
    fn read(text: &str) -> Inbound {
        let packet = SocketPacket::parse(&text[1..]).unwrap();
        interpret(&packet, &text.into()).unwrap()
    }

    #[test]
    fn the_text_of_an_event_stays_as_it_came() {
        for (text, namespace, name, ack) in [
            (r#"42["chat", 1 ,"\u001e"]"#, "/", "chat", false),
            (r#"42/ns,13["消\u606f"]"#, "/ns", "消息", true),
            (r#"42[7,"x"]"#, "/", "7", false),
            (r#"42["connected"]"#, "/", "connected", false),
            (r#"421234567890123456789012345678901["a"]"#, "/", "a", true),
        ] {
            let event = Inbound::Event {
                namespace: Namespace::new(namespace).unwrap(),
                name: name.to_owned(),
                ack,
                body: text.into(),
            };
            assert_eq!(read(text), event);
        }
    }

    #[test]
    fn a_packet_without_payload_means_nothing() {
        for text in ["42", "421", "43", "431", "42/ns,", "451-"] {
            assert!(matches!(read(text), Inbound::Empty { .. }), "{text}");
        }
    }

    #[test]
    fn an_event_whose_name_no_header_can_carry_is_told_apart() {
        let read = read(r#"42/ns,["a\udc00",1]"#);
        let Inbound::Unsendable {
            namespace, name, ..
        } = &read
        else {
            panic!("{read:?}");
        };
        assert_eq!((namespace.as_str(), name.as_str()), ("/ns", "a\u{fffd}"));
    }

    #[test]
    fn connect_and_disconnect_name_their_namespace() {
        let connect = |namespace: &str, auth: Option<&str>| Inbound::Connect {
            namespace: Namespace::new(namespace).unwrap(),
            auth: auth.map(str::to_owned),
        };
        for (text, expected) in [
            ("40", connect("/", None)),
            ("40/ns", connect("/ns", None)),
            ("40/ns,", connect("/ns", None)),
            (r#"40/ns,{"a":1}"#, connect("/ns", Some(r#"{"a":1}"#))),
            ("40/x/y?z=1,", connect("/x/y?z=1", None)),
            (
                "41/ns,",
                Inbound::Disconnect {
                    namespace: Namespace::new("/ns").unwrap(),
                },
            ),
            (
                "431[]",
                Inbound::Ack {
                    namespace: Namespace::main(),
                    id: Some("1".to_owned()),
                    body: "431[]".into(),
                },
            ),
            (
                "40/a\u{1}b,",
                Inbound::Unjoinable {
                    namespace: "/a\u{1}b".to_owned(),
                    problem: "it has a character that no header can carry".to_owned(),
                },
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_namespace_is_as_long_as_its_group_can_be_named() {
        let asked = |length: usize| {
            let namespace = format!("/{}", "n".repeat(length - 1));
            let group = Group::encode(&namespace, "").as_str().len();
            let read = read(&format!("40{namespace},"));
            (matches!(read, Inbound::Connect { .. }), group <= 1024)
        };
        assert_eq!(asked(LONGEST_NAMESPACE), (true, true));
        assert_eq!(asked(LONGEST_NAMESPACE + 1), (false, false));
        assert_eq!(asked(1_000_000), (false, false));
    }
}
