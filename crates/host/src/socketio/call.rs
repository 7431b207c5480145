//! Actions as requests to the service (docs/contracts/socketio-extension.md, "Filters" and "REST calls").

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sio_protocol::filter;
use sio_protocol::group::Group;

use super::action::Action;
use super::packet;

/// The version of the service's interface. Unconfirmed which one release 1.0.0 sends; this is the latest known.
pub(super) const API_VERSION: &str = "2024-12-01";

/// What stays as it is in a path or a query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

/// A request: always a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RestCall {
    /// Below `/api/hubs/{hub}`, with its query.
    pub(crate) target: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    /// The one status that counts as success.
    pub(crate) success: u16,
}

impl RestCall {
    /// The request of an action. As in the original, a filter has no parentheses around several rooms.
    pub(crate) fn of(action: &Action) -> Self {
        let group = |namespace: &str, room: &str| Group::encode(namespace, room);
        let groups = |namespace: &str, rooms: &[String]| -> Vec<Group> {
            rooms
                .iter()
                .map(|room| Group::encode(namespace, room))
                .collect()
        };
        match action {
            Action::SendToNamespace {
                namespace,
                event,
                parameters,
                except,
            } => Self::send(
                &format!("/groups/{}", group(namespace, "")),
                Some(filter::members(&[], &groups(namespace, except))),
                packet::event(namespace, event, parameters),
            ),
            Action::SendToRooms {
                namespace,
                rooms,
                event,
                parameters,
                except,
            } => {
                let except = groups(namespace, except);
                let body = packet::event(namespace, event, parameters);
                match groups(namespace, rooms).as_slice() {
                    [one] => Self::send(
                        &format!("/groups/{one}"),
                        Some(filter::members(&[], &except)),
                        body,
                    ),
                    several => Self::send("", Some(without_parentheses(several, &except)), body),
                }
            }
            Action::SendToSocket {
                namespace,
                socket,
                event,
                parameters,
            } => Self::send(
                &format!("/groups/{}", group(namespace, socket)),
                None,
                packet::event(namespace, event, parameters),
            ),
            Action::AddSocketToRoom {
                namespace,
                socket,
                room,
            } => Self::membership(":addToGroups", namespace, socket, room),
            Action::RemoveSocketFromRoom {
                namespace,
                socket,
                room,
            } => Self::membership(":removeFromGroups", namespace, socket, room),
            Action::DisconnectSockets {
                namespace,
                rooms,
                close,
            } => {
                let groups = match rooms.as_slice() {
                    [] => vec![group(namespace, "")],
                    rooms => groups(namespace, rooms),
                };
                Self::send(
                    "",
                    Some(filter::members(&groups, &[])),
                    packet::disconnect(namespace, *close),
                )
            }
        }
    }

    /// An empty filter is sent too.
    fn send(path: &str, filter: Option<String>, body: String) -> Self {
        let filter = filter.map_or(String::new(), |text| format!("&filter={}", escaped(&text)));
        Self {
            target: format!("{path}/:send?api-version={API_VERSION}{filter}"),
            content_type: "text/plain",
            body,
            success: 202,
        }
    }

    fn membership(verb: &str, namespace: &str, socket: &str, room: &str) -> Self {
        let filter = filter::members(&[Group::encode(namespace, socket)], &[]);
        // The writer of the original escapes single quotes.
        let filter = filter.replace('\'', "\\u0027");
        let room = Group::encode(namespace, room);
        Self {
            target: format!("/{verb}?api-version={API_VERSION}"),
            content_type: "application/json",
            body: format!("{{\"filter\":\"{filter}\",\"groups\":[\"{room}\"]}}"),
            success: 200,
        }
    }
}

/// Does the original send this action to sockets that it excepts?
pub(crate) fn excepts_too_little(action: &Action) -> bool {
    matches!(action, Action::SendToRooms { rooms, except, .. } if rooms.len() > 1 && !except.is_empty())
}

/// `a or b and not (c)`: the exception only holds for the last room.
fn without_parentheses(groups: &[Group], except: &[Group]) -> String {
    let allow = filter::members(groups, &[]);
    match filter::members(&[], except) {
        deny if deny.is_empty() => allow,
        deny => format!("{allow} and {deny}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn call(action: &str) -> RestCall {
        RestCall::of(&Action::read(&Json::lenient(action).unwrap()).unwrap())
    }

    #[test]
    fn the_published_requests() {
        for (action, target, body, success) in [
            (
                r#"{"actionName":"sendToNamespace","namespace":"/ns","eventName":"event","parameters":["abc"]}"#,
                "/groups/0~L25z~/:send?api-version=2024-12-01&filter=",
                r#"42/ns,["event","abc"]"#,
                202,
            ),
            (
                r#"{"actionName":"sendToRooms","namespace":"/ns","rooms":["rm","rm2"],"eventName":"ev","parameters":["abc"],"exceptRooms":["ex1"]}"#,
                "/:send?api-version=2024-12-01&filter=%270~L25z~cm0%27%20in%20groups%20or%20%270~L25z~cm0y%27%20in%20groups%20and%20not%20%28%270~L25z~ZXgx%27%20in%20groups%29",
                r#"42/ns,["ev","abc"]"#,
                202,
            ),
            (
                r#"{"actionName":"sendToSocket","namespace":"/ns","socketId":"socket1","eventName":"event","parameters":["abc"]}"#,
                "/groups/0~L25z~c29ja2V0MQ/:send?api-version=2024-12-01",
                r#"42/ns,["event","abc"]"#,
                202,
            ),
            (
                r#"{"actionName":"addSocketToRoom","namespace":"/ns","socketId":"socket1","room":"rm1"}"#,
                "/:addToGroups?api-version=2024-12-01",
                r#"{"filter":"\u00270~L25z~c29ja2V0MQ\u0027 in groups","groups":["0~L25z~cm0x"]}"#,
                200,
            ),
            (
                r#"{"actionName":"disconnectSockets","rooms":["socket1","socket2"],"closeUnderlyingConnection":true,"namespace":"/ns"}"#,
                "/:send?api-version=2024-12-01&filter=%270~L25z~c29ja2V0MQ%27%20in%20groups%20or%20%270~L25z~c29ja2V0Mg%27%20in%20groups",
                r#"41/ns,{"close":true}"#,
                202,
            ),
            (
                r#"{"actionName":"disconnectSockets"}"#,
                "/:send?api-version=2024-12-01&filter=%270~Lw~%27%20in%20groups",
                "41",
                202,
            ),
        ] {
            let call = call(action);
            assert_eq!(
                (call.target.as_str(), call.body.as_str(), call.success),
                (target, body, success)
            );
        }
    }
}
