//! Actions: what an output of type `socketio` holds (docs/contracts/socketio-extension.md, "Discriminator" and
//! "Members").

use crate::invocation::dates;
use crate::json::Json;

/// One action.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    SendToNamespace {
        namespace: String,
        event: String,
        parameters: Vec<Json>,
        except: Vec<String>,
    },
    SendToRooms {
        namespace: String,
        rooms: Vec<String>,
        event: String,
        parameters: Vec<Json>,
        except: Vec<String>,
    },
    SendToSocket {
        namespace: String,
        socket: String,
        event: String,
        parameters: Vec<Json>,
    },
    AddSocketToRoom {
        namespace: String,
        socket: String,
        room: String,
    },
    RemoveSocketFromRoom {
        namespace: String,
        socket: String,
        room: String,
    },
    DisconnectSockets {
        namespace: String,
        rooms: Vec<String>,
        close: bool,
    },
}

const NAMES: [&str; 6] = [
    "SendToNamespace",
    "SendToRooms",
    "SendToSocket",
    "AddSocketToRoom",
    "RemoveSocketFromRoom",
    "DisconnectSockets",
];

/// An action that cannot be sent. It fails the invocation.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ActionError {
    #[error("Not supported SocketIOAction: {found}.{hint}")]
    Unknown { found: String, hint: &'static str },
    #[error("Failed to convert to {action}Action.")]
    Shape { action: &'static str },
    #[error("{member} cannot be null or empty. ({action})")]
    Empty {
        action: &'static str,
        member: &'static str,
    },
}

impl Action {
    /// Reads an action. Dates in texts get another form, as in the original.
    pub(crate) fn read(json: &Json) -> Result<Self, ActionError> {
        let found = json.get("actionName").map(Json::dotnet_text);
        let action = found.as_deref().and_then(|found| {
            NAMES
                .into_iter()
                .find(|name| name.eq_ignore_ascii_case(found))
        });
        let Some(action) = action else {
            let hint = match json.get("type") {
                Some(_) if found.is_none() => {
                    " The documentation writes \"type\"; the extension reads only \"actionName\""
                }
                _ => "",
            };
            return Err(ActionError::Unknown {
                found: found.unwrap_or_default(),
                hint,
            });
        };
        let members = Members { json, action };
        members.read()
    }

    /// Its name, as function authors write it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::SendToNamespace { .. } => "SendToNamespace",
            Self::SendToRooms { .. } => "SendToRooms",
            Self::SendToSocket { .. } => "SendToSocket",
            Self::AddSocketToRoom { .. } => "AddSocketToRoom",
            Self::RemoveSocketFromRoom { .. } => "RemoveSocketFromRoom",
            Self::DisconnectSockets { .. } => "DisconnectSockets",
        }
    }
}

struct Members<'a> {
    json: &'a Json,
    action: &'static str,
}

impl Members<'_> {
    fn read(&self) -> Result<Action, ActionError> {
        // Every member is converted before any is checked.
        let namespace = match self.json.get("namespace") {
            None => Some("/".to_owned()),
            Some(_) => self.text("namespace")?,
        };
        let (event, socket, room) = (
            self.text("eventName")?,
            self.text("socketId")?,
            self.text("room")?,
        );
        let rooms = self.list("rooms")?;
        let except = self.list("exceptRooms")?.unwrap_or_default();
        let parameters = self.parameters()?;
        let close = self.switch("closeUnderlyingConnection")?;
        let needed = |value: Option<String>, member| {
            value
                .filter(|text| !text.is_empty())
                .ok_or(ActionError::Empty {
                    action: self.action,
                    member,
                })
        };
        Ok(match self.action {
            "SendToNamespace" => Action::SendToNamespace {
                namespace: needed(namespace, "Namespace")?,
                event: needed(event, "EventName")?,
                parameters,
                except,
            },
            "SendToRooms" => Action::SendToRooms {
                namespace: needed(namespace, "Namespace")?,
                rooms: rooms
                    .filter(|rooms| !rooms.is_empty())
                    .ok_or(ActionError::Empty {
                        action: self.action,
                        member: "Rooms",
                    })?,
                event: needed(event, "EventName")?,
                parameters,
                except,
            },
            "SendToSocket" => Action::SendToSocket {
                namespace: needed(namespace, "Namespace")?,
                event: needed(event, "EventName")?,
                socket: needed(socket, "SocketId")?,
                parameters,
            },
            "AddSocketToRoom" => Action::AddSocketToRoom {
                room: needed(room, "Room")?,
                namespace: needed(namespace, "Namespace")?,
                socket: needed(socket, "SocketId")?,
            },
            "RemoveSocketFromRoom" => Action::RemoveSocketFromRoom {
                room: needed(room, "Room")?,
                namespace: needed(namespace, "Namespace")?,
                socket: needed(socket, "SocketId")?,
            },
            _ => Action::DisconnectSockets {
                namespace: needed(namespace, "Namespace")?,
                rooms: rooms.unwrap_or_default(),
                close,
            },
        })
    }

    fn shape(&self) -> ActionError {
        ActionError::Shape {
            action: self.action,
        }
    }

    /// Numbers and booleans are taken for their text.
    fn text(&self, member: &str) -> Result<Option<String>, ActionError> {
        match self.json.get(member) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => self.scalar(value).map(Some),
        }
    }

    fn scalar(&self, value: &Json) -> Result<String, ActionError> {
        match value {
            Json::Array(_) | Json::Object(_) | Json::Null => Err(self.shape()),
            value => Ok(dates::text(value)),
        }
    }

    fn list(&self, member: &str) -> Result<Option<Vec<String>>, ActionError> {
        match self.json.get(member) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Array(list)) => list
                .iter()
                .map(|value| self.scalar(value))
                .collect::<Result<_, _>>()
                .map(Some),
            Some(_) => Err(self.shape()),
        }
    }

    fn parameters(&self) -> Result<Vec<Json>, ActionError> {
        match self.json.get("parameters") {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::Array(list)) => Ok(list.iter().cloned().map(dates::reread).collect()),
            Some(_) => Err(self.shape()),
        }
    }

    fn switch(&self, member: &str) -> Result<bool, ActionError> {
        match self.json.get(member) {
            None => Ok(false),
            Some(Json::Bool(value)) => Ok(*value),
            Some(Json::Number(number)) => Ok(number.as_f64() != Some(0.0)),
            Some(Json::String(text)) if text.trim().eq_ignore_ascii_case("true") => Ok(true),
            Some(Json::String(text)) if text.trim().eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(self.shape()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Action, ActionError> {
        Action::read(&Json::lenient(text).unwrap())
    }

    #[test]
    fn unknown_names_are_refused_and_type_is_not_read() {
        for name in ["SocketIOAction", "unknown", "SendToRoomsAction"] {
            let error = read(&format!("{{'actionName':'{name}'}}")).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("Not supported SocketIOAction: {name}.")
            );
        }
        let error = read("{'type':'sendToRooms'}").unwrap_err().to_string();
        assert!(
            error.starts_with("Not supported SocketIOAction: ."),
            "{error}"
        );
    }

    #[test]
    fn members_are_read_in_any_case_and_coerced_as_the_original_does() {
        assert_eq!(
            read(
                "{ACTIONNAME:'sendtoROOMS', Rooms:['a',1], eventname:true, parameters:[1,'2',{a:true}], data:[]}"
            ),
            Ok(Action::SendToRooms {
                namespace: "/".to_owned(),
                rooms: vec!["a".to_owned(), "1".to_owned()],
                event: "True".to_owned(),
                parameters: vec![
                    Json::Number(1_i64.into()),
                    Json::text("2"),
                    Json::object([("a", Json::Bool(true))])
                ],
                except: Vec::new(),
            })
        );
        for wrong in [
            "{actionName:'sendToNamespace',eventName:'e',parameters:2}",
            "{actionName:'sendToRooms',eventName:'e',rooms:'abc'}",
            "{actionName:'disconnectSockets',closeUnderlyingConnection:null}",
        ] {
            assert!(
                matches!(read(wrong), Err(ActionError::Shape { .. })),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_must_not_be_empty_is_named_in_the_originals_order() {
        for (text, member) in [
            ("{actionName:'addSocketToRoom'}", "Room"),
            (
                "{actionName:'addSocketToRoom',room:'r',namespace:''}",
                "Namespace",
            ),
            ("{actionName:'addSocketToRoom',room:'r'}", "SocketId"),
            ("{actionName:'sendToRooms',eventName:'e',rooms:[]}", "Rooms"),
            ("{actionName:'sendToNamespace',namespace:null}", "Namespace"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("{member} cannot be null or empty.")),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_room_that_looks_like_a_date_is_spoilt_as_in_the_original() {
        let json = Json::lenient(
            "{actionName:'addSocketToRoom',socketId:'s',room:'2024-01-01T00:00:00.000Z'}",
        )
        .unwrap();
        let room = match Action::read(&json) {
            Ok(Action::AddSocketToRoom { room, .. }) => room,
            other => panic!("{other:?}"),
        };
        assert_eq!(room, "01/01/2024 00:00:00");
    }
}
