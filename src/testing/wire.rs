//! The connection of a client: Engine.IO and Socket.IO over a WebSocket.
//!
//! Source: docs/contracts/service.md, "Engine.IO session", "Connecting a namespace", "Events and acknowledgements" and
//! "Binary".

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use sio_protocol::names::Namespace;
use sio_protocol::socket::{Kind, Packet, write_header};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::received::Received;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What sockets want sent.
#[derive(Debug)]
pub(super) enum Command {
    /// Join a namespace; what is heard in it goes to the sender.
    Join(Namespace, UnboundedSender<Heard>),
    /// Leave a namespace.
    Leave(Namespace),
    /// Emit an event.
    Emit {
        namespace: Namespace,
        ack_id: Option<String>,
        data: String,
        attachments: Vec<Bytes>,
    },
}

/// What a socket hears.
#[derive(Debug)]
pub(super) enum Heard {
    /// It has joined and has this id.
    Joined(String),
    /// It may not join.
    Rejected {
        message: String,
        data: Option<Value>,
    },
    /// An event.
    Event(Received),
    /// The answer to the event of this number.
    Ack(u64, Received),
    /// It was taken out of the namespace.
    Left,
}

/// A message whose attachments have not all come.
struct Incomplete {
    text: String,
    missing: usize,
    attachments: Vec<Bytes>,
}

struct Connection {
    stream: Stream,
    sockets: HashMap<Namespace, UnboundedSender<Heard>>,
    incomplete: Option<Incomplete>,
}

/// Runs a connection until the service or the last socket ends it. Sockets notice by their channels.
pub(super) async fn run(stream: Stream, mut commands: UnboundedReceiver<Command>) {
    let mut connection = Connection {
        stream,
        sockets: HashMap::new(),
        incomplete: None,
    };
    loop {
        let going_on = tokio::select! {
            command = commands.recv() => match command {
                Some(command) => connection.obey(command).await,
                None => Ok(false),
            },
            frame = connection.stream.next() => match frame {
                Some(Ok(frame)) => connection.hear(frame).await,
                Some(Err(error)) => Err(error),
                None => Ok(false),
            },
        };
        if !matches!(going_on, Ok(true)) {
            return;
        }
    }
}

impl Connection {
    async fn obey(&mut self, command: Command) -> Result<bool, Error> {
        match command {
            Command::Join(namespace, sender) => {
                let text = header(Kind::Connect, &namespace);
                self.sockets.insert(namespace, sender);
                self.stream.send(Message::text(text)).await?;
            }
            Command::Leave(namespace) => {
                self.sockets.remove(&namespace);
                let text = header(Kind::Disconnect, &namespace);
                self.stream.send(Message::text(text)).await?;
            }
            Command::Emit {
                namespace,
                ack_id,
                data,
                attachments,
            } => {
                let kind = match attachments.is_empty() {
                    true => Kind::Event,
                    false => Kind::BinaryEvent,
                };
                let packet = Packet {
                    kind,
                    attachments: attachments.len(),
                    namespace: namespace.as_str(),
                    ack_id: ack_id.as_deref(),
                    data: &data,
                };
                self.stream.feed(Message::text(packet.encode())).await?;
                for attachment in attachments {
                    self.stream.feed(Message::Binary(attachment)).await?;
                }
                self.stream.flush().await?;
            }
        }
        Ok(true)
    }

    /// Takes a frame; false when the service has ended the session.
    async fn hear(&mut self, frame: Message) -> Result<bool, Error> {
        match frame {
            Message::Text(text) => match text.as_bytes().first() {
                Some(b'1') => return Ok(false),
                Some(b'2') => self.stream.send(Message::text("3")).await?,
                Some(b'4') => self.message(text[1..].to_owned()),
                _ => {}
            },
            Message::Binary(bytes) => self.attachment(bytes),
            Message::Close(_) => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn message(&mut self, text: String) {
        let missing = Packet::parse(&text).map_or(0, |packet| packet.attachments);
        match missing {
            0 => self.deliver(&text, Vec::new()),
            _ => {
                self.incomplete = Some(Incomplete {
                    text,
                    missing,
                    attachments: Vec::new(),
                });
            }
        }
    }

    fn attachment(&mut self, bytes: Bytes) {
        let Some(mut message) = self.incomplete.take() else {
            return;
        };
        message.attachments.push(bytes);
        if message.attachments.len() < message.missing {
            self.incomplete = Some(message);
        } else {
            self.deliver(&message.text, message.attachments);
        }
    }

    /// Hands a packet to the socket of its namespace. An official client, too, drops invalid packets and those for
    /// other namespaces.
    fn deliver(&mut self, text: &str, attachments: Vec<Bytes>) {
        let Ok(packet) = Packet::parse(text) else {
            return;
        };
        let Ok(namespace) = Namespace::new(packet.namespace) else {
            return;
        };
        let Some(heard) = heard(&packet, attachments) else {
            return;
        };
        let ends = matches!(heard, Heard::Left | Heard::Rejected { .. });
        if let Some(socket) = self.sockets.get(&namespace) {
            // A socket that was dropped hears nothing.
            let _ = socket.send(heard);
        }
        if ends {
            self.sockets.remove(&namespace);
        }
    }
}

fn header(kind: Kind, namespace: &Namespace) -> String {
    let mut text = String::new();
    write_header(&mut text, kind, 0, namespace.as_str(), None);
    text
}

fn heard(packet: &Packet<'_>, attachments: Vec<Bytes>) -> Option<Heard> {
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    let list = |event: String, arguments: Vec<Value>| Received {
        event,
        arguments: Value::Array(arguments),
        attachments: attachments.into_iter().map(Into::into).collect(),
    };
    Some(match packet.kind {
        Kind::Connect => Heard::Joined(json(packet.data)?["sid"].as_str()?.to_owned()),
        Kind::ConnectError => {
            let mut value = json(packet.data)?;
            Heard::Rejected {
                message: value["message"].as_str().unwrap_or_default().to_owned(),
                data: value.get_mut("data").map(Value::take),
            }
        }
        Kind::Disconnect => Heard::Left,
        Kind::Event | Kind::BinaryEvent => {
            let name = packet.event().ok()?.name.into_owned();
            let Value::Array(data) = json(packet.data)? else {
                return None;
            };
            Heard::Event(list(name, data.into_iter().skip(1).collect()))
        }
        Kind::Ack | Kind::BinaryAck => {
            let Value::Array(data) = json(packet.data)? else {
                return None;
            };
            Heard::Ack(packet.ack_id?.parse().ok()?, list(String::new(), data))
        }
    })
}
