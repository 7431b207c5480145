//! One thing for the service to do, as a value.

use std::sync::Arc;

use bytes::Bytes;
use sio_protocol::names::{EventName, HubName, Namespace, Room};

/// One thing for the service to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The hub whose service does it.
    pub hub: Arc<HubName>,
    /// To whom.
    pub audience: Audience,
    /// What.
    pub operation: Operation,
}

/// The sockets that an action reaches. With neither rooms nor a user, it is everybody in the namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// Only sockets of this namespace.
    pub namespace: Namespace,
    /// Only sockets that are in any of these rooms. A socket's id is a room with only that socket.
    pub rooms: Vec<Room>,
    /// But no socket that is in any of these.
    pub except: Vec<Room>,
    /// Only connections of this user.
    pub user: Option<String>,
    /// Whether the only room was given as a socket.
    pub socket: bool,
}

/// What an action does to its audience.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
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

impl std::fmt::Display for Action {
    /// One line for logs and errors: what, and to whom. Payloads stay out of it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.operation {
            Operation::Emit { event, .. } => write!(f, "emit {:?} to ", event.as_str())?,
            Operation::Join(room) => write!(f, "join room {:?} by ", room.as_str())?,
            Operation::Leave(room) => write!(f, "leave room {:?} by ", room.as_str())?,
            Operation::Disconnect { close: false } => write!(f, "disconnect ")?,
            Operation::Disconnect { close: true } => write!(f, "close the connections of ")?,
        }
        let Audience {
            namespace,
            rooms,
            except,
            user,
            socket: _,
        } = &self.audience;
        write!(f, "{namespace}")?;
        for room in rooms {
            write!(f, " room {:?}", room.as_str())?;
        }
        if let Some(user) = user {
            write!(f, " user {user:?}")?;
        }
        for room in except {
            write!(f, " except {:?}", room.as_str())?;
        }
        Ok(())
    }
}
