//! A client that writes packets by hand, right or wrong, and shows what comes back.

use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use sio_protocol::engine::Handshake;
use sio_protocol::socket::{Kind, Packet};
use tokio_tungstenite::tungstenite::Message;

use crate::client::Negotiation;
use crate::client::upgrade::{self, Stream, Wish};

/// How long the service may take to answer a packet: a webhook's tries and pauses included.
const ANSWER: Duration = Duration::from_secs(30);

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// A packet, without pings.
    Text(String),
    /// The end, with the code of a close frame.
    Closed(Option<u16>),
}

/// How a request to join a namespace was answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Joining {
    /// Under this socket id.
    Joined(String),
    /// With this payload.
    Refused(Value),
}

/// One connection over a WebSocket.
pub(super) struct Wire {
    stream: Stream,
    /// What the service said when it opened.
    pub(super) handshake: Handshake,
    /// Whether pings are answered.
    pub(super) answers_pings: bool,
}

impl Wire {
    /// Opens a connection.
    ///
    /// # Errors
    /// The service cannot be reached, refuses the client, or sends something else than a handshake.
    pub(super) async fn open(negotiation: &Negotiation, wish: Wish<'_>) -> anyhow::Result<Self> {
        let mut stream = upgrade::open(negotiation, wish).await?;
        let first = tokio::time::timeout(ANSWER, stream.next()).await;
        let first = first.context("no handshake came")?;
        let handshake = match first {
            Some(Ok(Message::Text(text))) => {
                let json = text.strip_prefix('0').map(serde_json::from_str);
                let json = json.context("the first packet is not a handshake")?;
                json.context("the handshake has another form")?
            }
            _ => bail!("the connection ended before a handshake came"),
        };
        Ok(Self {
            stream,
            handshake,
            answers_pings: true,
        })
    }

    /// The connection's id, as the handshake names it.
    pub(super) fn id(&self) -> &str {
        &self.handshake.sid
    }

    /// Writes a packet as it stands. A failure shows in what is heard next.
    pub(super) async fn text(&mut self, text: impl Into<String>) {
        let _ = self.stream.send(Message::text(text.into())).await;
    }

    /// Writes an attachment.
    pub(super) async fn binary(&mut self, bytes: &'static [u8]) {
        let message = Message::Binary(Bytes::from_static(bytes));
        let _ = self.stream.send(message).await;
    }

    /// Waits for what comes next and answers pings meanwhile.
    ///
    /// # Errors
    /// Nothing comes in time.
    pub(super) async fn heard(&mut self) -> anyhow::Result<Heard> {
        self.heard_within(ANSWER).await
    }

    /// As [`Wire::heard`], within another time.
    ///
    /// # Errors
    /// Nothing comes in time.
    pub(super) async fn heard_within(&mut self, time: Duration) -> anyhow::Result<Heard> {
        let next = tokio::time::timeout(time, self.next()).await;
        next.with_context(|| format!("no packet came within {} seconds", time.as_secs()))
    }

    async fn next(&mut self) -> Heard {
        loop {
            let text = match self.stream.next().await {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Closed(frame.map(|frame| frame.code.into()));
                }
                None | Some(Err(_)) => return Heard::Closed(None),
                Some(Ok(_)) => continue,
            };
            match text.as_bytes().first() {
                Some(b'1') => return Heard::Closed(None),
                Some(b'2') if self.answers_pings => self.text(format!("3{}", &text[1..])).await,
                Some(b'2') => {}
                _ => return Heard::Text(text.as_str().to_owned()),
            }
        }
    }

    /// Asks to join a namespace.
    ///
    /// # Errors
    /// The service closes the connection or does not answer.
    pub(super) async fn join(
        &mut self,
        namespace: &str,
        auth: Option<&Value>,
    ) -> anyhow::Result<Joining> {
        let auth = auth.map(Value::to_string).unwrap_or_default();
        self.text(format!("40{namespace},{auth}")).await;
        loop {
            let Heard::Text(text) = self.heard().await? else {
                bail!("the connection ended instead of joining {namespace}");
            };
            let packet = text
                .strip_prefix('4')
                .and_then(|text| Packet::parse(text).ok());
            let Some(packet) = packet.filter(|packet| packet.namespace == namespace) else {
                continue;
            };
            let value: Value = serde_json::from_str(packet.data).unwrap_or_default();
            match packet.kind {
                Kind::Connect => {
                    return Ok(Joining::Joined(
                        value["sid"].as_str().unwrap_or_default().to_owned(),
                    ));
                }
                Kind::ConnectError => return Ok(Joining::Refused(value)),
                _ => {}
            }
        }
    }

    /// Joins a namespace that lets everyone in, and returns the socket's id.
    ///
    /// # Errors
    /// The client is refused.
    pub(super) async fn joined(&mut self, namespace: &str) -> anyhow::Result<String> {
        match self.join(namespace, None).await? {
            Joining::Joined(id) => Ok(id),
            Joining::Refused(error) => {
                bail!("the client was refused: {}", error["message"])
            }
        }
    }

    /// Emits an event that the probe acknowledges. False if the connection ended instead.
    ///
    /// Events of a connection are in order, so the acknowledgement says that those before it have had their turn.
    ///
    /// # Errors
    /// Neither comes in time.
    pub(super) async fn is_served(
        &mut self,
        namespace: &str,
        event: &str,
        time: Duration,
    ) -> anyhow::Result<bool> {
        let event = Value::from(event);
        self.text(format!("42{namespace},99[{event}]")).await;
        let acknowledgement = format!("43{namespace},99[");
        loop {
            match self.heard_within(time).await? {
                Heard::Text(text) if text.starts_with(&acknowledgement) => return Ok(true),
                Heard::Text(_) => {}
                Heard::Closed(_) => return Ok(false),
            }
        }
    }

    /// Waits for the end of the connection.
    ///
    /// # Errors
    /// It goes on.
    pub(super) async fn end(&mut self, time: Duration) -> anyhow::Result<Option<u16>> {
        let ending = async {
            loop {
                if let Heard::Closed(code) = self.next().await {
                    return code;
                }
            }
        };
        let ended = tokio::time::timeout(time, ending).await;
        ended.with_context(|| format!("the connection went on for {} seconds", time.as_secs()))
    }

    /// Ends it without a word, as a broken network does.
    pub(super) fn cut(self) {
        drop(self.stream);
    }
}
