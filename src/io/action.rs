//! One thing for the service to do, as a value.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use sio_protocol::names::{EventName, HubName, Namespace, Room};

/// One thing for the service to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action {
    /// The hub whose service does it.
    pub hub: Arc<HubName>,
    /// The receivers.
    pub audience: Audience,
    /// What.
    pub operation: Operation,
}

/// The sockets that an action reaches. With neither rooms nor a user, it is everybody in the namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Audience {
    /// Only sockets of this namespace.
    pub namespace: Namespace,
    /// Only sockets that are in any of these rooms. A socket's id is a room with only that socket.
    pub rooms: Vec<Room>,
    /// But no socket that is in any of these.
    pub except: Vec<Room>,
    /// Only connections of this user.
    pub user: Option<String>,
    /// Which of the rooms were given as sockets.
    pub sockets: Vec<Room>,
}

impl Audience {
    /// The socket, if the audience is only one.
    #[must_use]
    pub(crate) fn only_socket(&self) -> Option<&Room> {
        match self.rooms.as_slice() {
            [room] if self.user.is_none() => Some(room).filter(|room| self.sockets.contains(room)),
            _ => None,
        }
    }
}

/// What an action does to its audience.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Operation {
    /// Sends an event.
    Emit {
        /// Its name.
        event: EventName,
        /// `[…]`, one element an argument.
        arguments: String,
        /// Bytes that placeholders among them stand for.
        attachments: Vec<Bytes>,
    },
    /// Puts the sockets into a room.
    Join(Room),
    /// Takes the sockets out of a room.
    Leave(Room),
    /// Takes the sockets out of their namespace.
    Disconnect {
        /// Closes the whole connection, other namespaces included.
        close: bool,
    },
}

impl fmt::Display for Action {
    /// One line for logs, errors and tests: what is sent, and to which receivers. Payloads stay out of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.operation {
            Operation::Emit { event, .. } => write!(f, "emit {:?}", event.as_str())?,
            Operation::Join(room) => write!(f, "join {:?}", room.as_str())?,
            Operation::Leave(room) => write!(f, "leave {:?}", room.as_str())?,
            Operation::Disconnect { close: false } => f.write_str("disconnect")?,
            Operation::Disconnect { close: true } => f.write_str("close")?,
        }
        write!(f, ": {}", self.audience)
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |room: &Room| match self.sockets.contains(room) {
            true => format!("socket {room}"),
            false => format!("room {:?}", room.as_str()),
        };
        let several = |rooms: &[Room]| rooms.iter().map(one).collect::<Vec<_>>().join(", ");
        let user = |user: &String| format!("user {user:?}");
        match (&self.user, self.rooms.as_slice()) {
            (None, []) => f.write_str("everybody")?,
            (Some(id), []) => f.write_str(&user(id))?,
            (None, rooms) => f.write_str(&several(rooms))?,
            (Some(id), rooms) => write!(f, "{} in {}", user(id), several(rooms))?,
        }
        if !self.namespace.is_main() {
            write!(f, " in {}", self.namespace)?;
        }
        if !self.except.is_empty() {
            write!(f, ", except {}", several(&self.except))?;
        }
        Ok(())
    }
}
