//! Who caused the invocation: the socket, its connection, its user.

use std::fmt;

use serde::{Deserialize, Serialize};
use sio_protocol::names::{ConnectionId, NameError, Namespace, Room, SocketId};

use crate::contract::{TypeScript, Types};
use crate::handler::{Context, Detail, Disconnected, Extract, Rejection, SocketKind};
use crate::io::{IntoRooms, IntoUser};

/// The socket that caused the invocation: one client in one namespace.
///
/// As a target it stands for itself: `io.to(&socket)`, `io.to(room).except(&socket)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    id: SocketId,
    namespace: Namespace,
}

impl Socket {
    /// Its id, which the client sees as `socket.id`.
    #[must_use]
    pub fn id(&self) -> &SocketId {
        &self.id
    }

    /// The namespace it is in.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }
}

impl IntoRooms for &Socket {
    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        (&self.id).append_to(rooms)
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for Socket {
    fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(Self {
            id: context.input.socket_id.clone(),
            namespace: context.input.namespace.clone(),
        })
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for ConnectionId {
    fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.input.connection_id.clone())
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for Namespace {
    fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.input.namespace.clone())
    }
}

/// The user of the connection, as negotiation put it into the token.
///
/// On an anonymous connection it is a rejection; `Option<UserId>` is `None` there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// A user with this id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<UserId> for String {
    fn from(user: UserId) -> Self {
        user.0
    }
}

impl TypeScript for UserId {
    fn type_name(types: &mut Types) -> String {
        String::type_name(types)
    }
}

impl IntoUser for &UserId {
    fn into_user(self) -> String {
        self.0.clone()
    }
}

impl IntoUser for UserId {
    fn into_user(self) -> String {
        self.0
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for UserId {
    fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let user = context.input.user.clone();
        user.map(Self).ok_or(Rejection::Anonymous)
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for Option<UserId> {
    fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.input.user.clone().map(UserId))
    }
}

/// Why a socket has left. Empty when the client closed it in the normal way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub String);

impl Extract<Disconnected> for Reason {
    fn extract(context: &mut Context<Disconnected>) -> Result<Self, Rejection> {
        Ok(Self(match &context.input.detail {
            Detail::Disconnected(reason) => reason.clone(),
            _ => String::new(),
        }))
    }
}
