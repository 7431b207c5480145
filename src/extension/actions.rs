//! Actions as Microsoft's extension takes them, and which it cannot take.
//!
//! Source: extension contract, "Discriminator", "Members" and "Filters".

use sio_protocol::names::{HubName, Room};

use crate::io::{Action, Audience, Operation};
use crate::json_net::{has_date, has_reference, is_date};

use super::json::Json;

/// Writes the actions of an outbox for the extension, as a list. There is none if one of them is beyond it, and what has
/// been written is of no use then.
///
/// Beyond it are: bytes, users, other hubs than the trigger's, joining or disconnecting with exceptions, many rooms with
/// exceptions, and what would arrive as something else: text that looks like a date, and objects that look like
/// references of Json.NET.
pub(super) fn write(actions: &[Action], own: &HubName, json: &mut Json) -> Option<()> {
    let mut list = List { json, begun: false };
    list.json.raw("[");
    for action in actions {
        let Audience {
            namespace,
            rooms,
            except,
            user,
            ..
        } = &action.audience;
        let beyond = action.hub.as_ref() != own
            || user.is_some()
            || is_date(namespace.as_str())
            || rooms
                .iter()
                .chain(except)
                .any(|room| is_date(room.as_str()));
        if beyond {
            return None;
        }
        list.add(action)?;
    }
    list.json.raw("]");
    Some(())
}

/// Rooms with exceptions of which each becomes an action of its own.
const MOST_SPLIT: usize = 8;

/// A list of actions that is being written.
struct List<'a> {
    json: &'a mut Json,
    begun: bool,
}

impl List<'_> {
    fn add(&mut self, action: &Action) -> Option<()> {
        let audience = &action.audience;
        match &action.operation {
            Operation::Emit {
                event,
                arguments,
                attachments,
            } => {
                let beyond =
                    is_date(event.as_str()) || has_date(arguments) || has_reference(arguments);
                if beyond || !attachments.is_empty() {
                    return None;
                }
                self.emit(audience, event.as_str(), arguments)?;
            }
            Operation::Join(room) => self.membership("addSocketToRoom", audience, room)?,
            Operation::Leave(room) => self.membership("removeSocketFromRoom", audience, room)?,
            Operation::Disconnect { close } => {
                if !audience.except.is_empty() {
                    return None;
                }
                self.begin("disconnectSockets", audience);
                self.json.raw(r#","rooms":"#).texts(&audience.rooms);
                self.json.raw(match close {
                    true => r#","closeUnderlyingConnection":true}"#,
                    false => r#","closeUnderlyingConnection":false}"#,
                });
            }
        }
        Some(())
    }

    /// With several rooms and an exception, the extension's filter leaves the exception out for all but the last room,
    /// since `and` binds tighter than `or`. So several rooms become one action each, every one without the rooms before
    /// it: then each filter is a row of `and`s, and nobody gets the event twice.
    ///
    /// Each action is a call, and says who all are not meant: of many rooms there would be many long ones.
    fn emit(&mut self, audience: &Audience, event: &str, arguments: &str) -> Option<()> {
        let Audience { rooms, except, .. } = audience;
        match rooms.as_slice() {
            [] => {
                self.begin("sendToNamespace", audience);
                self.event(event, arguments);
                self.json.raw(r#","exceptRooms":"#).texts(except).raw("}");
            }
            [socket] if audience.only_socket().is_some() && except.is_empty() => {
                self.begin("sendToSocket", audience);
                self.json.raw(r#","socketId":"#).text(socket.as_str());
                self.event(event, arguments);
                self.json.raw("}");
            }
            rooms if except.is_empty() || rooms.len() == 1 => {
                self.begin("sendToRooms", audience);
                self.json.raw(r#","rooms":"#).texts(rooms);
                self.event(event, arguments);
                self.json.raw(r#","exceptRooms":"#).texts(except).raw("}");
            }
            rooms if rooms.len() > MOST_SPLIT => return None,
            rooms => {
                for (at, room) in rooms.iter().enumerate() {
                    let before = &rooms[..at];
                    if before.contains(room) {
                        continue;
                    }
                    self.begin("sendToRooms", audience);
                    self.json.raw(r#","rooms":"#).texts([room]);
                    self.event(event, arguments);
                    self.json.raw(r#","exceptRooms":"#);
                    self.json.texts(except.iter().chain(before)).raw("}");
                }
            }
        }
        Some(())
    }

    /// Everybody in a room is named by the room as a socket is by its own: the extension's filter is the same.
    fn membership(&mut self, name: &str, audience: &Audience, room: &Room) -> Option<()> {
        let beyond = audience.rooms.is_empty() || !audience.except.is_empty();
        if beyond || is_date(room.as_str()) {
            return None;
        }
        for socket in &audience.rooms {
            self.begin(name, audience);
            self.json.raw(r#","socketId":"#).text(socket.as_str());
            self.json.raw(r#","room":"#).text(room.as_str()).raw("}");
        }
        Some(())
    }

    /// Begins an action with what all of them have.
    fn begin(&mut self, name: &str, audience: &Audience) {
        self.json.raw(match self.begun {
            true => r#",{"actionName":""#,
            false => r#"{"actionName":""#,
        });
        self.begun = true;
        self.json.raw(name).raw(r#"","namespace":"#);
        self.json.text(audience.namespace.as_str());
    }

    fn event(&mut self, name: &str, arguments: &str) {
        self.json.raw(r#","eventName":"#).text(name);
        self.json.raw(r#","parameters":"#).raw(arguments);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use sio_protocol::names::{EventName, Namespace};

    use super::*;
    use crate::arguments::Variadic;
    use crate::io::{Io, Scope};

    fn written(put: impl FnOnce(&Io)) -> Option<String> {
        let own = HubName::new("hub").unwrap();
        let io = Io::new(Scope {
            hub: Some(Arc::new(own.clone())),
            namespace: Namespace::main(),
        });
        put(&io);
        let outbox = io.close();
        assert!(outbox.errors.is_empty(), "{:?}", outbox.errors);
        let mut json = Json::new();
        write(&outbox.actions, &own, &mut json)?;
        Some(String::from_utf8(json.into_bytes()).unwrap())
    }

    #[test]
    fn each_word_is_an_action_with_its_namespace() {
        let text = written(|io| {
            io.emit("a", (1, "x"));
            io.except("out").emit("b", ());
            io.to(["r", "s"]).emit("c", ());
            io.socket("s1").emit("d", vec![1]);
            let ns = io.namespace("/ns");
            ns.socket("s1").join("r");
            ns.socket("s1").leave("r");
            ns.socket("s1").disconnect();
            ns.all().close();
        });
        assert_eq!(
            text.unwrap(),
            concat!(
                r#"[{"actionName":"sendToNamespace","namespace":"/","eventName":"a","parameters":[1,"x"],"exceptRooms":[]},"#,
                r#"{"actionName":"sendToNamespace","namespace":"/","eventName":"b","parameters":[],"exceptRooms":["out"]},"#,
                r#"{"actionName":"sendToRooms","namespace":"/","rooms":["r","s"],"eventName":"c","parameters":[],"exceptRooms":[]},"#,
                r#"{"actionName":"sendToSocket","namespace":"/","socketId":"s1","eventName":"d","parameters":[[1]]},"#,
                r#"{"actionName":"addSocketToRoom","namespace":"/ns","socketId":"s1","room":"r"},"#,
                r#"{"actionName":"removeSocketFromRoom","namespace":"/ns","socketId":"s1","room":"r"},"#,
                r#"{"actionName":"disconnectSockets","namespace":"/ns","rooms":["s1"],"closeUnderlyingConnection":false},"#,
                r#"{"actionName":"disconnectSockets","namespace":"/ns","rooms":[],"closeUnderlyingConnection":true}]"#,
            )
        );
    }

    #[test]
    fn an_exception_holds_for_each_of_several_rooms_and_nobody_hears_twice() {
        let text = written(|io| io.to(["a", "b", "a", "c"]).except("x").emit("e", ()));
        let actions: serde_json::Value = serde_json::from_str(&text.unwrap()).unwrap();
        let parts: Vec<_> = actions
            .as_array()
            .unwrap()
            .iter()
            .map(|action| {
                (
                    action["rooms"].to_string(),
                    action["exceptRooms"].to_string(),
                )
            })
            .collect();
        let expected = [
            (r#"["a"]"#, r#"["x"]"#),
            (r#"["b"]"#, r#"["x","a"]"#),
            (r#"["c"]"#, r#"["x","a","b","a"]"#),
        ];
        assert_eq!(parts, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn what_the_extension_cannot_do_is_left_to_rest() {
        let beyond: [fn(&Io); 11] = [
            |io| io.user("ada").emit("e", ()),
            |io| io.hub("other").emit("e", ()),
            |io| io.emit("e", bytes::Bytes::from_static(b"x")),
            |io| io.all().join("r"),
            |io| io.to("r").except("s").join("t"),
            |io| io.to("r").except("s").disconnect(),
            |io| io.emit("e", "2024-01-01T00:00:00.000Z"),
            |io| io.emit("e", serde_json::json!({ "at": "/Date(0)/" })),
            |io| io.to("2024-01-01T00:00:00Z").emit("e", ()),
            |io| io.emit("e", serde_json::json!({ "$ref": "1", "a": 1 })),
            |io| {
                let rooms: Vec<String> = (0..9).map(|n| n.to_string()).collect();
                io.to(rooms).except("x").emit("e", ());
            },
        ];
        for (at, put) in beyond.into_iter().enumerate() {
            assert_eq!(written(put), None, "{at}");
        }
        assert!(written(|io| io.emit("e", ("2024-01-01", "12:00:00"))).is_some());
    }

    proptest! {
        /// Whatever is put out is JSON that says the same, with the receivers and arguments as they were given.
        #[test]
        fn an_event_is_whole_in_its_action(
            event in "[^\\x00]{1,12}".prop_filter("reserved", |name| EventName::new(name).is_ok()),
            arguments in proptest::collection::vec(any::<String>(), 0..4),
            room in "[^\\x00]{1,12}", except in proptest::collection::vec("[^\\x00]{1,12}", 0..3),
        ) {
            let text = written(|io| io.to(&room).except(except.clone()).emit(&event, Variadic(arguments.clone()))).unwrap();
            let expected = serde_json::json!([{
                "actionName": "sendToRooms", "namespace": "/", "rooms": [room],
                "eventName": event, "parameters": arguments, "exceptRooms": except,
            }]);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), expected);
        }
    }
}
