//! Actions as Microsoft's extension takes them, and which it cannot take.
//!
//! Source: extension contract, "Discriminator", "Members" and "Filters".

use serde::Serialize;
use serde_json::value::RawValue;
use sio_protocol::names::{HubName, Room};

use crate::io::{Action, Audience, Operation};

/// One action on the wire.
#[derive(Debug, Serialize)]
#[serde(
    tag = "actionName",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum Wire<'a> {
    SendToNamespace {
        namespace: &'a str,
        event_name: &'a str,
        parameters: Vec<&'a RawValue>,
        except_rooms: Vec<&'a str>,
    },
    SendToRooms {
        namespace: &'a str,
        rooms: Vec<&'a str>,
        event_name: &'a str,
        parameters: Vec<&'a RawValue>,
        except_rooms: Vec<&'a str>,
    },
    SendToSocket {
        namespace: &'a str,
        socket_id: &'a str,
        event_name: &'a str,
        parameters: Vec<&'a RawValue>,
    },
    AddSocketToRoom {
        namespace: &'a str,
        socket_id: &'a str,
        room: &'a str,
    },
    RemoveSocketFromRoom {
        namespace: &'a str,
        socket_id: &'a str,
        room: &'a str,
    },
    DisconnectSockets {
        namespace: &'a str,
        rooms: Vec<&'a str>,
        close_underlying_connection: bool,
    },
}

/// The actions of an outbox for the extension, or none if one of them is beyond it.
///
/// Beyond it are: bytes, users, other hubs than the trigger's, joining or disconnecting with exceptions, and text that
/// looks like a date, which would arrive as another text.
pub(super) fn all<'a>(actions: &'a [Action], own: &HubName) -> Option<Vec<Wire<'a>>> {
    let mut wire = Vec::with_capacity(actions.len());
    for action in actions {
        if action.hub.as_ref() != own || action.audience.user.is_some() {
            return None;
        }
        one(action, &mut wire)?;
    }
    Some(wire)
}

fn one<'a>(action: &'a Action, wire: &mut Vec<Wire<'a>>) -> Option<()> {
    let audience = &action.audience;
    let namespace = plain(audience.namespace.as_str())?;
    let names = |rooms: &'a [Room]| -> Option<Vec<&'a str>> {
        rooms.iter().map(|room| plain(room.as_str())).collect()
    };
    let rooms = names(&audience.rooms)?;
    let except = names(&audience.except)?;
    match &action.operation {
        Operation::Emit {
            event,
            data,
            attachments,
        } => {
            if !attachments.is_empty() || has_date(data) {
                return None;
            }
            emit(
                audience,
                plain(event)?,
                parameters(data)?,
                &rooms,
                &except,
                wire,
            );
        }
        Operation::Join(room) | Operation::Leave(room) => {
            // Everybody in a room is named by the room as a socket is by its own: the extension's filter is the same.
            if rooms.is_empty() || !except.is_empty() {
                return None;
            }
            let room = plain(room.as_str())?;
            let joins = matches!(action.operation, Operation::Join(_));
            wire.extend(rooms.into_iter().map(|socket_id| {
                if joins {
                    Wire::AddSocketToRoom {
                        namespace,
                        socket_id,
                        room,
                    }
                } else {
                    Wire::RemoveSocketFromRoom {
                        namespace,
                        socket_id,
                        room,
                    }
                }
            }));
        }
        Operation::Disconnect { close } => {
            if !except.is_empty() {
                return None;
            }
            wire.push(Wire::DisconnectSockets {
                namespace,
                rooms,
                close_underlying_connection: *close,
            });
        }
    }
    Some(())
}

/// With several rooms and an exception, the extension's filter leaves the exception out for all but the last room, since
/// `and` binds tighter than `or`. So several rooms become one action each, every one without the rooms before it: then
/// each filter is a row of `and`s, and nobody gets the event twice.
fn emit<'a>(
    audience: &'a Audience,
    event_name: &'a str,
    parameters: Vec<&'a RawValue>,
    rooms: &[&'a str],
    except: &[&'a str],
    wire: &mut Vec<Wire<'a>>,
) {
    let namespace = audience.namespace.as_str();
    match rooms {
        [] => wire.push(Wire::SendToNamespace {
            namespace,
            event_name,
            parameters,
            except_rooms: except.to_vec(),
        }),
        [socket_id] if audience.socket && except.is_empty() => wire.push(Wire::SendToSocket {
            namespace,
            socket_id,
            event_name,
            parameters,
        }),
        rooms if except.is_empty() || rooms.len() == 1 => wire.push(Wire::SendToRooms {
            namespace,
            rooms: rooms.to_vec(),
            event_name,
            parameters,
            except_rooms: except.to_vec(),
        }),
        rooms => {
            for (at, room) in rooms.iter().enumerate() {
                if rooms[..at].contains(room) {
                    continue;
                }
                wire.push(Wire::SendToRooms {
                    namespace,
                    rooms: vec![room],
                    event_name,
                    parameters: parameters.clone(),
                    except_rooms: [except, &rooms[..at]].concat(),
                });
            }
        }
    }
}

/// The list without its first element, the event's name.
fn parameters(data: &str) -> Option<Vec<&RawValue>> {
    let mut elements: Vec<&RawValue> = serde_json::from_str(data).ok()?;
    elements.remove(0);
    Some(elements)
}

/// The text, unless it would be taken for a date.
fn plain(text: &str) -> Option<&str> {
    (!is_date(text)).then_some(text)
}

/// Whether Json.NET would read a text as a date.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.starts_with("/Date(")
        || (bytes.len() >= 19
            && bytes[..19].iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                10 => *byte == b'T',
                13 | 16 => *byte == b':',
                _ => byte.is_ascii_digit(),
            }))
}

/// Whether any text in a JSON document would be taken for a date. A text that only begins like one counts too: sending
/// it another way does no harm.
pub(super) fn has_date(json: &str) -> bool {
    json.match_indices('"')
        .any(|(at, _)| is_date(&json[at + 1..]) || json[at + 1..].starts_with("\\/Date("))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sio_protocol::names::Namespace;

    use super::*;
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
        let wire = all(&outbox.actions, &own)?;
        Some(serde_json::to_string(&wire).unwrap())
    }

    #[test]
    fn each_word_is_an_action_with_its_namespace() {
        let text = written(|io| {
            io.emit("a", (1, "x"));
            io.except("out").emit("b", ());
            io.to(["r", "s"]).emit("c", ());
            io.socket("s1").emit("d", ([1],));
            let ns = io.namespace("/ns");
            ns.join("s1", "r");
            ns.leave("s1", "r");
            ns.disconnect("s1");
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
        let beyond: [fn(&Io); 9] = [
            |io| io.user("ada").emit("e", ()),
            |io| io.hub("other").emit("e", ()),
            |io| io.emit("e", (bytes::Bytes::from_static(b"x"),)),
            |io| io.all().join("r"),
            |io| io.to("r").except("s").join("t"),
            |io| io.to("r").except("s").disconnect(),
            |io| io.emit("e", ("2024-01-01T00:00:00.000Z",)),
            |io| io.emit("e", (serde_json::json!({ "at": "/Date(0)/" }),)),
            |io| io.to("2024-01-01T00:00:00Z").emit("e", ()),
        ];
        for (at, put) in beyond.into_iter().enumerate() {
            assert_eq!(written(put), None, "{at}");
        }
        assert!(written(|io| io.emit("e", ("2024-01-01", "12:00:00"))).is_some());
    }
}
