//! `Io`: what handlers send by.

use std::sync::Arc;

use serde::Serialize;
use sio_protocol::names::{HubName, Namespace};

use super::outbox::{Outbox, Scope, Sink};
use super::{IntoRooms, Selection};
use crate::contract::ServerEvent;

/// Sends to clients once the handler has succeeded.
///
/// ```
/// # use socketio_functions::prelude::*;
/// async fn chat(socket: Socket, Data((room, text)): Data<(String, String)>, io: Io) {
///     socket.to(room).emit("new message", text);
///     io.emit("activity", ());
/// }
/// # let _ = Hub::new("hub").on("chat", chat);
/// ```
///
/// Binary data goes out as [`Bytes`](crate::Bytes), alone or inside structs and lists. Inside `serde_json::json!` it turns
/// into a list of numbers before it is known that it was bytes, and arrives as one; put it into a struct instead.
///
/// Clones share one outbox. A task that outlives its invocation finds it closed, which is logged as an error.
#[derive(Debug, Clone)]
pub struct Io {
    sink: Sink,
    scope: Scope,
}

impl Io {
    /// An empty outbox for an invocation in this scope.
    #[must_use]
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            sink: Sink::default(),
            scope,
        }
    }

    /// Everybody in the namespace.
    pub fn all(&self) -> Selection {
        Selection::new(self.sink.clone(), self.scope.clone())
    }

    /// Sends an event to everybody in the namespace. A tuple is the list of arguments, `()` the empty list, anything else
    /// one argument.
    pub fn emit(&self, event: &str, arguments: impl Serialize) {
        self.all().emit(event, arguments);
    }

    /// Sends an event of the [`contract`](crate::contract) to everybody in the namespace.
    pub fn send<E: ServerEvent>(&self, arguments: E::Args) {
        self.all().send::<E>(arguments);
    }

    /// The sockets in a room, or in any of several.
    pub fn to(&self, rooms: impl IntoRooms) -> Selection {
        self.all().to(rooms)
    }

    /// Everybody but the sockets in these rooms.
    pub fn except(&self, rooms: impl IntoRooms) -> Selection {
        self.all().except(rooms)
    }

    /// One socket.
    pub fn socket(&self, socket: impl IntoRooms) -> Selection {
        self.all().socket(socket)
    }

    /// All connections of a user.
    pub fn user(&self, user: impl AsRef<str>) -> Selection {
        self.all().user(user)
    }

    /// The same outbox in another namespace of the hub. A name that does not begin with `/` fails the invocation.
    #[must_use]
    pub fn namespace(&self, namespace: &str) -> Self {
        let mut io = self.clone();
        match Namespace::new(namespace) {
            Ok(namespace) => io.scope.namespace = namespace,
            Err(error) => self.refuse(error.to_string()),
        }
        io
    }

    /// The same outbox in another hub of the app.
    #[must_use]
    pub fn hub(&self, hub: &str) -> Self {
        let mut io = self.clone();
        match HubName::new(hub) {
            Ok(hub) => io.scope.hub = Some(Arc::new(hub)),
            Err(error) => self.refuse(error.to_string()),
        }
        io
    }

    /// Takes everything out and closes the outbox.
    #[must_use]
    pub(crate) fn close(&self) -> Outbox {
        self.sink.close()
    }

    /// Fails what the outbox belongs to.
    pub(crate) fn refuse(&self, error: String) {
        self.sink.refuse(error);
    }

    /// Where it sends by default.
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }
}
