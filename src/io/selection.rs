//! Choosing receivers step by step, then saying what they get.

use std::sync::Arc;

use serde::Serialize;
use sio_protocol::names::{EventName, HubName, NameError, Room};

use crate::contract::ServerEvent;

use super::outbox::{Scope, Sink};
use super::{Action, Audience, IntoRooms, Operation};
use crate::arguments::encode;

/// The receivers of an action. Made by [`Io`](super::Io), narrowed by its methods, ended by `emit`, `send`, `join`, `leave`,
/// `disconnect` or `close`.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent before `emit`, `send`, `join`, `leave`, `disconnect` or `close` is called"]
pub struct Selection {
    sink: Sink,
    hub: Option<Arc<HubName>>,
    audience: Audience,
}

impl Selection {
    pub(super) fn new(sink: Sink, scope: Scope) -> Self {
        let Scope { hub, namespace } = scope;
        let audience = Audience {
            namespace,
            ..Audience::default()
        };
        Self {
            sink,
            hub,
            audience,
        }
    }

    /// Adds rooms: a socket is selected when it is in any of them. An empty list fails the invocation, since it would
    /// otherwise select everybody.
    pub fn to<R: IntoRooms>(self, rooms: R) -> Self {
        self.add(rooms, "room", R::SOCKETS)
    }

    /// Leaves out the sockets that are in any of these rooms, however they were selected.
    pub fn except<R: IntoRooms>(mut self, rooms: R) -> Self {
        let before = self.audience.except.len();
        let added = rooms.append_to(&mut self.audience.except);
        if R::SOCKETS {
            let sockets = &self.audience.except[before..];
            self.audience.sockets.extend_from_slice(sockets);
        }
        self.checked(added)
    }

    /// Adds one socket.
    pub fn socket(self, socket: impl IntoRooms) -> Self {
        self.add(socket, "socket id", true)
    }

    fn add(mut self, rooms: impl IntoRooms, kind: &'static str, sockets: bool) -> Self {
        let before = self.audience.rooms.len();
        let added = rooms.append_to(&mut self.audience.rooms);
        if sockets {
            let sockets = &self.audience.rooms[before..];
            self.audience.sockets.extend_from_slice(sockets);
        }
        if added.is_ok() && self.audience.rooms.len() == before {
            self.sink
                .refuse(format!("an empty list was given, with no {kind} in it"));
        }
        self.checked(added.map_err(|error| error.meant_as(kind)))
    }

    /// Selects only connections of this user.
    pub fn user(mut self, user: impl AsRef<str>) -> Self {
        let user = user.as_ref();
        if user.is_empty() {
            self.sink.refuse("a user's id is empty".to_owned());
        }
        self.audience.user = Some(user.to_owned());
        self
    }

    /// Sends an event. A tuple is the list of arguments, `()` the empty list, anything else one argument.
    pub fn emit(self, event: &str, arguments: impl Serialize) {
        let named = EventName::non_empty(event).map_err(|error| error.to_string());
        let encoded = named.and_then(|name| {
            let encoded = encode(&arguments).map_err(|error| error.to_string());
            Ok((name, encoded?))
        });
        match encoded {
            Ok((name, (arguments, attachments))) => self.put(Operation::Emit {
                event: name,
                arguments,
                attachments,
            }),
            Err(error) => self.sink.refuse(format!("emit {event:?}: {error}")),
        }
    }

    /// Sends an event of the [`contract`](crate::contract).
    pub fn send<E: ServerEvent>(self, arguments: E::Args) {
        self.emit(E::NAME, arguments);
    }

    /// Puts the sockets into rooms; an empty list of rooms does nothing.
    pub fn join(self, rooms: impl IntoRooms) {
        self.for_each_room(rooms, Operation::Join);
    }

    /// Takes the sockets out of rooms; an empty list of rooms does nothing.
    pub fn leave(self, rooms: impl IntoRooms) {
        self.for_each_room(rooms, Operation::Leave);
    }

    /// Takes the sockets out of their namespace; their connections stay open for others.
    pub fn disconnect(self) {
        self.put(Operation::Disconnect { close: false });
    }

    /// Closes the connections of the sockets, with all namespaces on them.
    pub fn close(self) {
        self.put(Operation::Disconnect { close: true });
    }

    fn for_each_room(self, rooms: impl IntoRooms, operation: fn(Room) -> Operation) {
        let mut list = Vec::new();
        if let Err(error) = rooms.append_to(&mut list) {
            self.sink.refuse(error.to_string());
        }
        let last = list.pop();
        for room in list {
            self.clone().put(operation(room));
        }
        if let Some(room) = last {
            self.put(operation(room));
        }
    }

    fn checked(self, added: Result<(), NameError>) -> Self {
        if let Err(error) = added {
            self.sink.refuse(error.to_string());
        }
        self
    }

    fn put(self, operation: Operation) {
        let Some(hub) = self.hub else {
            self.sink.refuse(
                "the app has no hub, or several: register one with `App::hub`, or say which with `io.hub(…)` or `client.hub(…)`"
                    .to_owned(),
            );
            return;
        };
        self.sink.put(Action {
            hub,
            audience: self.audience,
            operation,
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::io::{Io, Scope};
    use std::sync::Arc;

    use sio_protocol::names::{HubName, Namespace, SocketId};

    fn io() -> Io {
        Io::new(Scope {
            hub: Some(Arc::new(HubName::new("hub").unwrap())),
            namespace: Namespace::main(),
        })
    }

    fn lines(io: &Io) -> Vec<String> {
        io.close().actions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn actions_keep_the_order_of_the_calls() {
        let io = io();
        let socket = SocketId::new("s1").unwrap();
        io.to(["a", "b"]).except(&socket).emit("e", 1);
        io.socket(&socket).join("room");
        io.user("ada").emit("f", ());
        io.namespace("/admin").socket(&socket).disconnect();
        io.emit("g", ());
        assert_eq!(
            lines(&io),
            [
                r#"emit "e": room "a", room "b", except socket s1"#,
                r#"join "room": socket s1"#,
                r#"emit "f": user "ada""#,
                "disconnect: socket s1 in /admin",
                r#"emit "g": everybody"#,
            ]
        );
    }

    #[test]
    fn what_cannot_be_sent_is_an_error_of_the_invocation() {
        let io = io();
        io.emit("disconnect", ());
        io.emit("e", std::collections::HashMap::from([((1, 2), 3)]));
        io.to("").emit("e", ());
        io.socket("").emit("e", ());
        io.to([""; 0]).emit("e", ());
        io.socket([""; 0]).emit("e", ());
        let _ = io.namespace("admin");
        let outbox = io.close();
        assert_eq!(outbox.errors.len(), 7, "{:?}", outbox.errors);
        assert!(outbox.errors[0].contains("reserved"));
        assert_eq!(
            outbox.errors[1],
            "emit \"e\": cannot serialise argument 1: key must be a string"
        );
        assert!(outbox.errors[3].contains("socket id"));
    }

    #[test]
    fn a_closed_outbox_takes_nothing_more() {
        let io = io();
        let _ = io.close();
        io.emit("late", ());
        assert!(io.close().actions.is_empty());
    }
}
