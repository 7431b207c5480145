//! A client of a [`World`](super::World): what it says and what it hears.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use sio_protocol::names::{EventName, NameError, Namespace};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::connect_async;

use super::received::Received;
use super::wire::{self, Command, Heard};
use crate::arguments::{encode, event_data};
use crate::negotiate::Negotiation;

/// How long a client waits for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client cannot do, or does not hear, what a test asks of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The service cannot be reached or refuses the connection; a token that is not valid, for example.
    #[error("the service refused the connection: {0}")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The app turned the socket away from its namespace.
    #[error("rejected: {message}")]
    Rejected {
        /// What an official client has as `error.message`.
        message: String,
        /// What it has as `error.data`.
        data: Option<Value>,
    },
    /// The app took the socket out of its namespace.
    #[error("the socket was disconnected")]
    Disconnected,
    /// The connection has ended.
    #[error("the connection has ended")]
    Closed,
    /// It did not come.
    #[error("{0} did not come within ten seconds")]
    Late(String),
    /// The namespace or the event has a name that Socket.IO does not allow.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The arguments cannot be sent.
    #[error("{0}")]
    Arguments(String),
}

/// A socket of a client that is connected to a [`World`](super::World) by a WebSocket, in one namespace.
///
/// It speaks the protocol and nothing more: it answers pings, and it neither reconnects nor polls. What it waits for has
/// to come within ten seconds. The connection ends when its last socket is dropped.
///
/// ```
/// use serde_json::json;
/// use socketio_functions::prelude::*;
/// use socketio_functions::testing::World;
///
/// async fn chat(socket: Socket, user: UserId, Data(text): Data<String>) -> Ack<usize> {
///     socket.broadcast().emit("said", (user, &text));
///     Ack(text.len())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let world = World::start(App::new().hub(Hub::new("hub").on("chat", chat))).await?;
/// let mut ada = world.connect("ada").await?;
/// let mut bob = world.connect("bob").await?;
///
/// let ack = ada.emit_with_ack("chat", "hello").await?;
/// assert_eq!(ack.arguments, json!([5]));
/// let heard = bob.next().await?;
/// assert_eq!((heard.event.as_str(), heard.arguments), ("said", json!(["ada", "hello"])));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct WorldSocket {
    namespace: Namespace,
    id: String,
    commands: UnboundedSender<Command>,
    heard: UnboundedReceiver<Heard>,
    /// Events that came while the test was waiting for something else.
    kept: VecDeque<Received>,
    acks: u64,
}

impl WorldSocket {
    /// Connects with what a negotiation gave, and joins a namespace.
    ///
    /// # Errors
    /// The service refuses the connection, or the app rejects the socket.
    pub async fn connect(at: &Negotiation, namespace: &str) -> Result<Self, ClientError> {
        let endpoint = at.endpoint.replacen("http", "ws", 1);
        let (path, token) = (&at.path, &at.token);
        let url = format!("{endpoint}{path}/?EIO=4&transport=websocket&access_token={token}");
        let connecting = tokio::time::timeout(PATIENCE, connect_async(url)).await;
        let connected = connecting.map_err(|_| ClientError::Late("the connection".to_owned()))?;
        let (stream, _) = connected.map_err(|error| ClientError::Connect(error.into()))?;
        let (commands, received) = mpsc::unbounded_channel();
        tokio::spawn(wire::run(stream, received));
        Self::join_by(commands, namespace).await
    }

    /// Joins another namespace on the same connection.
    ///
    /// # Errors
    /// The app rejects the socket, or the connection has ended.
    pub async fn join(&self, namespace: &str) -> Result<Self, ClientError> {
        Self::join_by(self.commands.clone(), namespace).await
    }

    async fn join_by(
        commands: UnboundedSender<Command>,
        namespace: &str,
    ) -> Result<Self, ClientError> {
        let namespace = Namespace::new(namespace)?;
        let (sender, heard) = mpsc::unbounded_channel();
        let mut socket = Self {
            namespace: namespace.clone(),
            id: String::new(),
            commands,
            heard,
            kept: VecDeque::new(),
            acks: 0,
        };
        socket.command(Command::Join(namespace, sender))?;
        let waited_for = format!("the answer to joining {}", socket.namespace);
        loop {
            match socket.hear(&waited_for).await? {
                Heard::Joined(id) => socket.id = id,
                Heard::Rejected { message, data } => {
                    return Err(ClientError::Rejected { message, data });
                }
                // What was sent to everybody may arrive first.
                Heard::Event(event) => {
                    socket.kept.push_back(event);
                    continue;
                }
                Heard::Ack(..) => continue,
                Heard::Left => return Err(ClientError::Disconnected),
            }
            return Ok(socket);
        }
    }

    /// Its id, which handlers see as `socket.id()`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Emits an event and waits for nothing. A tuple is the list of arguments, `()` the empty list, anything else
    /// one argument; bytes go as bytes.
    ///
    /// # Errors
    /// The event cannot be sent, or the connection has ended.
    pub fn emit(&self, event: &str, arguments: impl Serialize) -> Result<(), ClientError> {
        self.send(event, &arguments, None)
    }

    /// Emits an event and waits for its acknowledgement.
    ///
    /// # Errors
    /// The event cannot be sent, no acknowledgement comes, or the socket is disconnected before.
    pub async fn emit_with_ack(
        &mut self,
        event: &str,
        arguments: impl Serialize,
    ) -> Result<Received, ClientError> {
        let id = self.acks;
        self.acks += 1;
        self.send(event, &arguments, Some(id))?;
        let waited_for = format!("the acknowledgement of {event:?}");
        loop {
            match self.hear(&waited_for).await? {
                Heard::Ack(found, answer) if found == id => {
                    return Ok(Received {
                        event: event.to_owned(),
                        ..answer
                    });
                }
                Heard::Event(event) => self.kept.push_back(event),
                Heard::Left => return Err(ClientError::Disconnected),
                // Of an event for which the test did not wait to the end.
                Heard::Ack(..) | Heard::Joined(_) | Heard::Rejected { .. } => {}
            }
        }
    }

    /// The next event, in the order in which they came.
    ///
    /// # Errors
    /// None comes, or the socket is disconnected before.
    pub async fn next(&mut self) -> Result<Received, ClientError> {
        if let Some(event) = self.kept.pop_front() {
            return Ok(event);
        }
        loop {
            match self.hear("an event").await? {
                Heard::Event(event) => return Ok(event),
                Heard::Left => return Err(ClientError::Disconnected),
                Heard::Ack(..) | Heard::Joined(_) | Heard::Rejected { .. } => {}
            }
        }
    }

    /// Leaves the namespace.
    pub fn disconnect(self) {
        // A connection that has ended has left it.
        let _ = self.command(Command::Leave(self.namespace.clone()));
    }

    fn send(
        &self,
        event: &str,
        arguments: &impl Serialize,
        ack_id: Option<u64>,
    ) -> Result<(), ClientError> {
        EventName::new(event)?;
        let (list, attachments) =
            encode(arguments).map_err(|error| ClientError::Arguments(error.to_string()))?;
        self.command(Command::Emit {
            namespace: self.namespace.clone(),
            ack_id: ack_id.map(|id| id.to_string()),
            data: event_data(event, &list),
            attachments,
        })
    }

    fn command(&self, command: Command) -> Result<(), ClientError> {
        let sent = self.commands.send(command);
        sent.map_err(|_| ClientError::Closed)
    }

    async fn hear(&mut self, waited_for: &str) -> Result<Heard, ClientError> {
        match tokio::time::timeout(PATIENCE, self.heard.recv()).await {
            Ok(Some(heard)) => Ok(heard),
            Ok(None) => Err(ClientError::Closed),
            Err(_) => Err(ClientError::Late(waited_for.to_owned())),
        }
    }
}
