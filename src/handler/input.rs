//! What a socket's invocation brings, whatever road it came by.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::value::RawValue;
use sio_protocol::cloud_events::ConnectBody;
use sio_protocol::names::{ConnectionId, HubName, Namespace, SocketId};

use crate::io::Scope;

/// An invocation that a client's socket caused.
#[derive(Debug)]
pub struct SocketInput {
    /// Hub of the connection.
    pub hub: Arc<HubName>,
    /// Namespace of the socket.
    pub namespace: Namespace,
    /// The socket itself.
    pub socket_id: SocketId,
    /// The connection that carries it.
    pub connection_id: ConnectionId,
    /// The user whom negotiation put into the token; `None` on an anonymous connection.
    pub user: Option<String>,
    /// Counts the events of the connection; the same when the service sends one again.
    pub event_id: Option<String>,
    /// What happened.
    pub detail: Detail,
}

impl SocketInput {
    /// Where an outbox of this invocation sends unless told otherwise.
    #[must_use]
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            hub: Some(self.hub.clone()),
            namespace: self.namespace.clone(),
        }
    }
}

/// What happened to a socket.
#[derive(Debug)]
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
    text: Bytes,
    arguments: Vec<Range<usize>>,
    /// Bytes that placeholders among the arguments stand for.
    pub attachments: Vec<Bytes>,
    /// The id to acknowledge, as the client wrote it.
    pub ack_id: Option<String>,
}

impl EventInput {
    /// Takes arguments that were read from `text`. They are kept as slices of it: where each begins is the distance of two
    /// addresses.
    #[must_use]
    pub(crate) fn read_from(text: Bytes, arguments: &[&RawValue]) -> Self {
        let base = text.as_ptr() as usize;
        let arguments = arguments.iter().map(|argument| {
            let start = argument.get().as_ptr() as usize - base;
            start..start + argument.get().len()
        });
        Self {
            arguments: arguments.collect(),
            text,
            ..Self::default()
        }
    }

    /// An event whose arguments are these, as a client would have sent them.
    #[must_use]
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn of<T: AsRef<str>>(name: &str, arguments: &[T], attachments: Vec<Bytes>) -> Self {
        let mut text = String::new();
        let mut ranges = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let start = text.len();
            text.push_str(argument.as_ref());
            ranges.push(start..text.len());
        }
        Self {
            name: name.to_owned(),
            text: text.into(),
            arguments: ranges,
            attachments,
            ack_id: None,
        }
    }

    /// The JSON of each argument.
    pub fn arguments(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.arguments.iter().map(|range| &self.text[range.clone()])
    }
}
