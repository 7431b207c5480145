//! Who caused the invocation: the socket, its connection, its user.

use std::fmt;

use serde::Serialize;
use sio_protocol::names::{ConnectionId, NameError, Namespace, Room, SocketId, UserId};

use crate::contract::ServerEvent;
use crate::handler::{Context, Detail, Disconnected, Extract, JoinedKind, Rejection, SocketKind};
use crate::io::{IntoRooms, Io, Selection};

/// The socket that caused the invocation: one client in one namespace. It acts as a socket of a Socket.IO server does.
///
/// ```
/// # use socketio_functions::prelude::*;
/// async fn enter(socket: Socket, Data(room): Data<Room>) {
///     socket.join(&room);
///     socket.emit("welcome", &room);
///     socket.to(&room).emit("entered", socket.id());
/// }
/// # let _ = Hub::new("hub").on("enter", enter);
/// ```
///
/// Nothing leaves before the handler has succeeded; then everything goes in the order of the calls, before the
/// acknowledgement. [`Io`] reaches the namespace, users and other sockets, and fills the same outbox.
///
/// A connect handler has no `Socket` yet: it takes [`SocketId`] and [`Namespace`]. In a disconnected handler the socket
/// has gone, and only sends to others are possible.
#[derive(Clone)]
pub struct Socket {
    id: SocketId,
    io: Io,
    /// Whether it has left its namespace.
    left: bool,
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
        &self.io.scope().namespace
    }

    /// Sends an event to this client. A tuple is the list of arguments, `()` the empty list, anything else one argument.
    pub fn emit(&self, event: &str, arguments: impl Serialize) {
        if self.can("emit to") {
            self.io.socket(&self.id).emit(event, arguments);
        }
    }

    /// Sends an event of the [`contract`](crate::contract) to this client.
    pub fn send<E: ServerEvent>(&self, arguments: E::Args) {
        self.emit(E::NAME, arguments);
    }

    /// Puts the socket into a room, or into several.
    pub fn join(&self, rooms: impl IntoRooms) {
        if self.can("join rooms with") {
            self.io.socket(&self.id).join(rooms);
        }
    }

    /// Takes the socket out of a room, or out of several.
    pub fn leave(&self, rooms: impl IntoRooms) {
        if self.can("leave rooms with") {
            self.io.socket(&self.id).leave(rooms);
        }
    }

    /// The sockets in a room, or in any of several, except this one.
    pub fn to(&self, rooms: impl IntoRooms) -> Selection {
        self.broadcast().to(rooms)
    }

    /// All sockets of the namespace except this one.
    pub fn broadcast(&self) -> Selection {
        self.io.except(&self.id)
    }

    /// Takes the socket out of its namespace; its connection stays open for others.
    pub fn disconnect(&self) {
        if self.can("disconnect") {
            self.io.socket(&self.id).disconnect();
        }
    }

    /// Closes the connection, with all its namespaces: what Socket.IO calls `disconnect(true)`.
    pub fn close(&self) {
        if self.can("close the connection of") {
            self.io.socket(&self.id).close();
        }
    }

    fn can(&self, what: &str) -> bool {
        if self.left {
            self.io.refuse(format!(
                "cannot {what} socket {}: it has left {}; a disconnected handler can only send to others",
                self.id,
                self.namespace()
            ));
        }
        !self.left
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Socket({} in {})", self.id, self.namespace())
    }
}

impl IntoRooms for &Socket {
    const SOCKETS: bool = true;

    fn append_to(self, rooms: &mut Vec<Room>) -> Result<(), NameError> {
        (&self.id).append_to(rooms)
    }
}

#[diagnostic::do_not_recommend]
impl<K: JoinedKind> Extract<K> for Socket {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(Self {
            id: context.input.socket_id.clone(),
            io: context.io.clone(),
            left: matches!(context.input.detail, Detail::Disconnected(_)),
        })
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for SocketId {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.input.socket_id.clone())
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for ConnectionId {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.input.connection_id.clone())
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for Namespace {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.input.namespace.clone())
    }
}

/// The user of the connection. On an anonymous connection it is a rejection; `Option<UserId>` is `None` there.
#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for UserId {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let user = context.input.user.clone();
        user.ok_or_else(|| {
            Rejection::new("the connection is anonymous; take `Option<UserId>` if that is expected")
        })
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for Option<UserId> {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(context.input.user.clone())
    }
}

/// Why a socket has left. Empty when the client closed it in the normal way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub String);

impl Extract<Disconnected> for Reason {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Disconnected>) -> Result<Self, Rejection> {
        Ok(Self(match &context.input.detail {
            Detail::Disconnected(reason) => reason.clone(),
            _ => String::new(),
        }))
    }
}
