//! Actions as Microsoft's extension takes them, and which it cannot take.
//!
//! Source: `docs/contracts/socketio-extension.md`, "Actions".

use serde::Serialize;
use serde_json::value::RawValue;
use sio_protocol::names::{HubName, Room};

use crate::io::{Action, Audience, Operation};
use crate::json_net::{has_date, has_reference, is_date};

/// One action in the extension's words.
#[derive(Debug, Serialize)]
#[serde(
    tag = "actionName",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum Act<'a> {
    SendToNamespace {
        namespace: &'a str,
        event_name: &'a str,
        parameters: &'a RawValue,
        except_rooms: Vec<&'a Room>,
    },
    SendToRooms {
        namespace: &'a str,
        rooms: Vec<&'a Room>,
        event_name: &'a str,
        parameters: &'a RawValue,
        except_rooms: Vec<&'a Room>,
    },
    SendToSocket {
        namespace: &'a str,
        socket_id: &'a Room,
        event_name: &'a str,
        parameters: &'a RawValue,
    },
    AddSocketToRoom {
        namespace: &'a str,
        socket_id: &'a Room,
        room: &'a Room,
    },
    RemoveSocketFromRoom {
        namespace: &'a str,
        socket_id: &'a Room,
        room: &'a Room,
    },
    DisconnectSockets {
        namespace: &'a str,
        rooms: &'a [Room],
        close_underlying_connection: bool,
    },
}

/// Rooms with exceptions of which each becomes an action of its own.
const MOST_SPLIT: usize = 8;

/// The actions of an outbox for the extension. `None` if the extension cannot express one of them.
///
/// Beyond it are: bytes, users, other hubs than the trigger's, joining or disconnecting with exceptions, many rooms with
/// exceptions, and what would arrive as something else: text that looks like a date, and objects that look like
/// references of Json.NET.
pub(super) fn acts<'a>(actions: &'a [Action], own: &HubName) -> Option<Vec<Act<'a>>> {
    let mut acts = Vec::with_capacity(actions.len());
    for action in actions {
        let Audience {
            namespace,
            rooms,
            except,
            user,
            ..
        } = &action.audience;
        let mut names = rooms.iter().chain(except);
        let beyond = action.hub.as_ref() != own
            || user.is_some()
            || is_date(namespace.as_str())
            || names.any(|room| is_date(room.as_str()));
        if beyond {
            return None;
        }
        add(action, &mut acts)?;
    }
    Some(acts)
}

fn add<'a>(action: &'a Action, acts: &mut Vec<Act<'a>>) -> Option<()> {
    let audience = &action.audience;
    let namespace = audience.namespace.as_str();
    match &action.operation {
        Operation::Emit {
            event,
            arguments,
            attachments,
        } => {
            let beyond = is_date(event.as_str()) || has_date(arguments) || has_reference(arguments);
            if beyond || !attachments.is_empty() {
                return None;
            }
            emit(audience, event.as_str(), arguments, acts)?;
        }
        Operation::Join(room) => {
            let sockets = members(audience, room)?;
            acts.extend(sockets.iter().map(|socket_id| Act::AddSocketToRoom {
                namespace,
                socket_id,
                room,
            }));
        }
        Operation::Leave(room) => {
            let sockets = members(audience, room)?;
            acts.extend(sockets.iter().map(|socket_id| Act::RemoveSocketFromRoom {
                namespace,
                socket_id,
                room,
            }));
        }
        Operation::Disconnect { close } => {
            if !audience.except.is_empty() {
                return None;
            }
            acts.push(Act::DisconnectSockets {
                namespace,
                rooms: &audience.rooms,
                close_underlying_connection: *close,
            });
        }
    }
    Some(())
}

/// With several rooms and an exception, the extension's filter leaves the exception out for all but the last room,
/// since `and` binds tighter than `or`. So several rooms become one action each, every one without the rooms before
/// it: then each filter is a row of `and`s, and no client gets the event twice.
///
/// Each action is a call that names all exceptions: many rooms would make many long ones.
fn emit<'a>(
    audience: &'a Audience,
    event_name: &'a str,
    arguments: &'a str,
    acts: &mut Vec<Act<'a>>,
) -> Option<()> {
    let Audience { rooms, except, .. } = audience;
    let namespace = audience.namespace.as_str();
    let parameters: &RawValue = serde_json::from_str(arguments).ok()?;
    let to_rooms = |rooms, except_rooms| Act::SendToRooms {
        namespace,
        rooms,
        event_name,
        parameters,
        except_rooms,
    };
    match rooms.as_slice() {
        [] => acts.push(Act::SendToNamespace {
            namespace,
            event_name,
            parameters,
            except_rooms: except.iter().collect(),
        }),
        [socket_id] if audience.only_socket().is_some() && except.is_empty() => {
            acts.push(Act::SendToSocket {
                namespace,
                socket_id,
                event_name,
                parameters,
            });
        }
        rooms if except.is_empty() || rooms.len() == 1 => {
            acts.push(to_rooms(rooms.iter().collect(), except.iter().collect()));
        }
        rooms if rooms.len() > MOST_SPLIT => return None,
        rooms => {
            for (at, room) in rooms.iter().enumerate() {
                let before = &rooms[..at];
                if !before.contains(room) {
                    acts.push(to_rooms(vec![room], except.iter().chain(before).collect()));
                }
            }
        }
    }
    Some(())
}

/// The sockets that join or leave. A room stands for its members as a socket's id does for the socket: the extension's
/// filter is the same.
fn members<'a>(audience: &'a Audience, room: &Room) -> Option<&'a [Room]> {
    let beyond = audience.rooms.is_empty() || !audience.except.is_empty();
    (!beyond && !is_date(room.as_str())).then_some(audience.rooms.as_slice())
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
        let acts = acts(&outbox.actions, &own)?;
        Some(serde_json::to_string(&acts).unwrap())
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
