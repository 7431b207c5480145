//! A small Socket.IO client: one connection over a WebSocket, for commands that show what a page would see.
//!
//! [`Client::open`] takes what negotiation answers, [`Client::join`] enters a namespace, [`Client::emit`] sends an event,
//! and [`Client::next`] waits for the next packet and answers the service's pings meanwhile. It neither polls nor
//! reconnects: a command shows why a connection ends.
//!
//! Other commands may use it too; its interface is these four functions, [`Heard`] and [`ClientError`]. [`upgrade`] alone
//! gives the WebSocket, for a command that writes packets of its own.
//!
//! Source: docs/contracts/service.md, "Engine.IO session", "Connecting a namespace", "Events and acknowledgements",
//! "Binary".

mod error;
mod heard;
mod negotiation;
pub(crate) mod upgrade;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use sio_protocol::names::Namespace;
use sio_protocol::socket::{Kind, Packet};
use tokio_tungstenite::tungstenite::Message;

pub(crate) use error::ClientError;
pub(crate) use heard::Heard;
pub(crate) use negotiation::Negotiation;

/// A connection to the service. Dropping it ends the connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: upgrade::Stream,
    /// Where it leads, for errors.
    endpoint: String,
    /// The id for the next event that asks for an acknowledgement.
    next_ack: u64,
    /// A message whose attachments have not all come: its text, how many are missing, those that are there.
    incomplete: Option<(String, usize, Vec<Bytes>)>,
}

impl Client {
    /// Opens a connection and waits for the service's handshake.
    ///
    /// # Errors
    /// The service cannot be reached, refuses the token, or answers with something else than a handshake.
    pub(crate) async fn open(negotiation: &Negotiation) -> Result<Self, ClientError> {
        let mut client = Self {
            stream: upgrade::open(negotiation, upgrade::Wish::default()).await?,
            endpoint: negotiation.endpoint.clone(),
            next_ack: 0,
            incomplete: None,
        };
        match client.frame().await? {
            Some(Message::Text(text)) if text.starts_with('0') => Ok(client),
            other => Err(client.unexpected("a handshake", other.as_ref())),
        }
    }

    /// Asks to enter a namespace; [`Heard::Joined`] or [`Heard::Refused`] is the answer.
    ///
    /// # Errors
    /// The connection is lost.
    pub(crate) async fn join(
        &mut self,
        namespace: &Namespace,
        auth: Option<&Value>,
    ) -> Result<(), ClientError> {
        let data = auth.map(Value::to_string).unwrap_or_default();
        self.packet(Kind::Connect, namespace, None, &data).await
    }

    /// Sends an event and returns the id that its acknowledgement bears, if one is asked for.
    ///
    /// # Errors
    /// The connection is lost.
    pub(crate) async fn emit(
        &mut self,
        namespace: &Namespace,
        event: &str,
        arguments: &[Value],
        wants_ack: bool,
    ) -> Result<Option<u64>, ClientError> {
        let id = wants_ack.then_some(self.next_ack);
        self.next_ack += u64::from(wants_ack);
        let mut data = vec![Value::from(event)];
        data.extend_from_slice(arguments);
        let digits = id.map(|id| id.to_string());
        let data = Value::Array(data).to_string();
        self.packet(Kind::Event, namespace, digits.as_deref(), &data)
            .await?;
        Ok(id)
    }

    /// Waits for what comes next, and returns nothing once the service has closed the connection. A caller that stops
    /// waiting loses nothing.
    ///
    /// # Errors
    /// The connection is lost, or the service sends something that is not a Socket.IO packet.
    pub(crate) async fn next(&mut self) -> Result<Option<Heard>, ClientError> {
        while let Some(frame) = self.frame().await? {
            let complete = match frame {
                Message::Text(text) => match text.as_bytes().first() {
                    Some(b'1') => return Ok(None),
                    Some(b'2') => {
                        self.send(format!("3{}", &text[1..])).await?;
                        continue;
                    }
                    Some(b'4') => self.text(&text[1..])?,
                    _ => continue,
                },
                Message::Binary(bytes) => self.attachment(bytes)?,
                _ => continue,
            };
            if let Some(heard) = complete {
                return Ok(Some(heard));
            }
        }
        Ok(None)
    }

    async fn packet(
        &mut self,
        kind: Kind,
        namespace: &Namespace,
        ack_id: Option<&str>,
        data: &str,
    ) -> Result<(), ClientError> {
        let packet = Packet {
            kind,
            attachments: 0,
            namespace: namespace.as_str(),
            ack_id,
            data,
        };
        self.send(packet.encode()).await
    }

    async fn send(&mut self, text: String) -> Result<(), ClientError> {
        let sent = self.stream.send(Message::text(text)).await;
        sent.map_err(|source| self.lost(source))
    }

    /// The next frame; nothing at the end of the connection.
    async fn frame(&mut self) -> Result<Option<Message>, ClientError> {
        match self.stream.next().await {
            Some(Ok(Message::Close(_))) | None => Ok(None),
            Some(Ok(frame)) => Ok(Some(frame)),
            Some(Err(source)) => Err(self.lost(source)),
        }
    }

    fn text(&mut self, text: &str) -> Result<Option<Heard>, ClientError> {
        let packet = Packet::parse(text).map_err(|error| self.not_a_packet(error.to_string()))?;
        if packet.attachments > 0 {
            self.incomplete = Some((text.to_owned(), packet.attachments, Vec::new()));
            return Ok(None);
        }
        self.heard(text, Vec::new())
    }

    fn attachment(&mut self, bytes: Bytes) -> Result<Option<Heard>, ClientError> {
        let Some((text, missing, mut attachments)) = self.incomplete.take() else {
            return Err(self.not_a_packet("bytes without a message before them".to_owned()));
        };
        attachments.push(bytes);
        if attachments.len() < missing {
            self.incomplete = Some((text, missing, attachments));
            return Ok(None);
        }
        self.heard(&text, attachments)
    }

    fn heard(&self, text: &str, attachments: Vec<Bytes>) -> Result<Option<Heard>, ClientError> {
        let heard = Packet::parse(text)
            .map_err(|error| error.to_string())
            .and_then(|packet| Heard::of(&packet, attachments));
        heard
            .map(Some)
            .map_err(|problem| self.not_a_packet(problem))
    }

    fn lost(&self, source: tokio_tungstenite::tungstenite::Error) -> ClientError {
        ClientError::Lost {
            endpoint: self.endpoint.clone(),
            source: Box::new(source),
        }
    }

    fn not_a_packet(&self, problem: String) -> ClientError {
        ClientError::Protocol {
            endpoint: self.endpoint.clone(),
            problem,
        }
    }

    fn unexpected(&self, expected: &str, found: Option<&Message>) -> ClientError {
        self.not_a_packet(match found {
            Some(_) => format!("expected {expected}, found another packet"),
            None => format!("expected {expected}, and the connection was closed"),
        })
    }
}

#[cfg(test)]
mod tests;
