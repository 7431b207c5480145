//! What a client hears, from the text of a packet.

use bytes::Bytes;
use serde_json::Value;
use sio_protocol::socket::{Kind, Packet};

/// Something that came from the service, with the namespace it is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    /// The namespace was entered, under this socket id.
    Joined { namespace: String, id: String },
    /// The namespace refused the socket: what the official client calls `connect_error`.
    Refused {
        namespace: String,
        message: String,
        data: Option<Value>,
    },
    /// An event. Bytes stand in `attachments`; the arguments have placeholders for them.
    Event {
        namespace: String,
        name: String,
        arguments: Vec<Value>,
        attachments: Vec<Bytes>,
    },
    /// The acknowledgement of the event that was sent under this id.
    Ack {
        namespace: String,
        id: u64,
        arguments: Vec<Value>,
        attachments: Vec<Bytes>,
    },
    /// The service took the socket out of the namespace.
    Left { namespace: String },
}

impl Heard {
    /// Reads a packet; a sentence says what is wrong with one that a service must not send.
    pub(super) fn of(packet: &Packet<'_>, attachments: Vec<Bytes>) -> Result<Self, String> {
        let namespace = packet.namespace.to_owned();
        Ok(match packet.kind {
            Kind::Connect => {
                let value = json(packet.data)?;
                let id = value["sid"].as_str().ok_or("a connection without an id")?;
                Self::Joined {
                    id: id.to_owned(),
                    namespace,
                }
            }
            Kind::ConnectError => {
                let mut value = json(packet.data)?;
                Self::Refused {
                    message: value["message"].as_str().unwrap_or_default().to_owned(),
                    data: value.get_mut("data").map(Value::take),
                    namespace,
                }
            }
            Kind::Disconnect => Self::Left { namespace },
            Kind::Event | Kind::BinaryEvent => {
                let event = packet.event().map_err(|error| error.to_string())?;
                Self::Event {
                    name: event.name.into_owned(),
                    arguments: list(packet.data)?.into_iter().skip(1).collect(),
                    attachments,
                    namespace,
                }
            }
            Kind::Ack | Kind::BinaryAck => {
                let id = packet.ack_id.and_then(|id| id.parse().ok());
                Self::Ack {
                    id: id.ok_or("an acknowledgement without an id")?,
                    arguments: list(packet.data)?,
                    attachments,
                    namespace,
                }
            }
        })
    }
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{error} in a packet's data"))
}

fn list(text: &str) -> Result<Vec<Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("{error} in a packet's data"))
}
