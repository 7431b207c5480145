//! What a socket's invocation brings, whatever road it came by.

use std::sync::Arc;

use sio_protocol::cloud_events::ConnectBody;
use sio_protocol::names::{ConnectionId, HubName, Namespace, SocketId, UserId};

use crate::arguments::ArgumentList;
use crate::io::Scope;

/// An invocation that a client's socket caused.
#[derive(Debug, Clone)]
pub struct SocketInput {
    /// Hub of the connection.
    pub hub: Arc<HubName>,
    /// Namespace of the socket.
    pub namespace: Namespace,
    /// The socket itself.
    pub socket_id: SocketId,
    /// The connection that carries it.
    pub connection_id: ConnectionId,
    /// The user that negotiation put into the token; `None` on an anonymous connection.
    pub user: Option<UserId>,
    /// Counts the events of the connection; the same when the service sends one again.
    pub event_id: Option<String>,
    /// What happened.
    pub detail: Detail,
}

impl SocketInput {
    /// Where an outbox of this invocation sends by default.
    #[must_use]
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            hub: Some(self.hub.clone()),
            namespace: self.namespace.clone(),
        }
    }
}

/// What happened to a socket.
#[derive(Debug, Clone)]
pub enum Detail {
    /// It asks to join; boxed because it is large and rare.
    Connect(Box<ConnectBody>),
    /// It has joined.
    Connected,
    /// It has left, for this reason.
    Disconnected(String),
    /// It emitted an event.
    Event(EventInput),
}

/// An event's arguments, still as JSON, and whether its sender waits for an acknowledgement.
#[derive(Debug, Default, Clone)]
pub struct EventInput {
    /// Its name as the client wrote it.
    pub name: String,
    /// Its arguments.
    pub(crate) arguments: ArgumentList,
    /// The id to acknowledge, as the client wrote it.
    pub ack_id: Option<String>,
}
