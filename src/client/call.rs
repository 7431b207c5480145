//! An action as a REST call: a value, without address, key or clock.
//!
//! Source: docs/contracts/socketio-extension.md, "REST calls" and "Filters"; docs/contracts/service.md, "Operations".
//! Two differences from Microsoft's extension, both on purpose: several rooms are put in parentheses, so that an
//! exception holds for all of them, and a filter that says nothing is left out.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sio_protocol::filter;
use sio_protocol::group::Group;
use sio_protocol::names::{HubName, Room};
use sio_protocol::socket::{self, Kind};

use crate::arguments::event_data;
use crate::io::{Action, Audience, Operation};

/// The version of the data plane that the calls are written for.
const API_VERSION: &str = "2024-12-01";

/// Everything but RFC 3986's unreserved characters, as Microsoft's SDKs escape.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One call to the service, always a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// Path and query below the endpoint.
    pub target: String,
    /// Media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
    /// The status that means success; the service has one for each operation.
    pub success: u16,
    /// Whether making the call twice does no more than making it once.
    pub idempotent: bool,
    /// Whether the body of the answer is what the call is made for.
    pub answers: bool,
}

/// What the token of a client is to say that the service issues.
#[derive(Debug)]
pub(crate) struct ClientToken<'a> {
    /// The user, if there is one.
    pub user: Option<&'a str>,
    /// Values of the claim `role`.
    pub roles: &'a [String],
    /// Values of the claim `webpubsub.group`.
    pub groups: &'a [String],
    /// How long it holds.
    pub minutes: u64,
}

impl Call {
    /// The call that an action becomes.
    #[must_use]
    pub(crate) fn of(action: &Action) -> Self {
        match &action.operation {
            Operation::Emit {
                event,
                arguments,
                attachments,
            } => {
                let data = event_data(event.as_str(), arguments);
                send(action, packet(&action.audience, &data, attachments))
            }
            Operation::Disconnect { close } => disconnect(action, *close),
            Operation::Join(room) => membership(action, "addToGroups", &[room]),
            Operation::Leave(room) => membership(action, "removeFromGroups", &[room]),
        }
    }

    /// The one call for several actions that differ in the room alone, as those of one `join` or `leave` do.
    #[must_use]
    pub(crate) fn of_all(first: &Action, all: &[Action]) -> Self {
        let rooms = all.iter().filter_map(|action| match &action.operation {
            Operation::Join(room) | Operation::Leave(room) => Some(room),
            _ => None,
        });
        let rooms: Vec<&Room> = rooms.collect();
        match &first.operation {
            Operation::Join(_) => membership(first, "addToGroups", &rooms),
            Operation::Leave(_) => membership(first, "removeFromGroups", &rooms),
            _ => Self::of(first),
        }
    }

    /// The call that asks for a client's token. Asking twice gives two tokens, of which one is used.
    #[must_use]
    pub(crate) fn generate_token(hub: &HubName, wanted: &ClientToken<'_>) -> Self {
        let mut target = format!("/api/hubs/{}/:generateToken?", escape(hub.as_str()));
        let mut add = |name: &str, value: &str| {
            target.push_str(name);
            target.push('=');
            target.push_str(&escape(value));
            target.push('&');
        };
        if let Some(user) = wanted.user {
            add("userId", user);
        }
        for role in wanted.roles {
            add("role", role);
        }
        add("minutesToExpire", &wanted.minutes.to_string());
        for group in wanted.groups {
            add("group", group);
        }
        target.push_str("api-version=");
        target.push_str(API_VERSION);
        target.push_str("&clientType=default");
        Self {
            target,
            content_type: "application/json",
            body: Bytes::new(),
            success: 200,
            idempotent: true,
            answers: true,
        }
    }
}

/// Sends to the narrowest address that reaches the audience: one group, one user, or the hub with a filter.
fn send(action: &Action, body: String) -> Call {
    let audience = &action.audience;
    let except = groups(audience, &audience.except);
    let (path, filter) = match (&audience.user, audience.rooms.as_slice()) {
        (None, []) => (
            group_path(&Group::of_namespace(&audience.namespace)),
            filter::members(&[], &except),
        ),
        (None, [room]) => (
            group_path(&Group::of_room(&audience.namespace, room)),
            filter::members(&[], &except),
        ),
        // A path with "." or ".." is another path, however these are written, and so another audience.
        (Some(user), []) if !matches!(user.as_str(), "." | "..") => (
            format!("/users/{}", escape(user)),
            // A connection of the user can be in other namespaces alone.
            filter::members(&[Group::of_namespace(&audience.namespace)], &except),
        ),
        (_, _) => (String::new(), everything(audience)),
    };
    text(action, &path, &filter, body)
}

/// Always by filter over the hub, as the extension does: a group address would do the same for one room.
fn disconnect(action: &Action, close: bool) -> Call {
    let mut body = String::new();
    let namespace = action.audience.namespace.as_str();
    socket::write_header(&mut body, Kind::Disconnect, 0, namespace, None);
    if close {
        body.push_str(r#"{"close":true}"#);
    }
    text(action, "", &everything(&action.audience), body)
}

fn text(action: &Action, path: &str, filter: &str, body: String) -> Call {
    let mut target = format!(
        "/api/hubs/{}{path}/:send?api-version={API_VERSION}",
        escape(action.hub.as_str())
    );
    if !filter.is_empty() {
        target.push_str("&filter=");
        target.push_str(&escape(filter));
    }
    Call {
        target,
        content_type: "text/plain",
        body: body.into(),
        success: 202,
        idempotent: false,
        answers: false,
    }
}

fn membership(action: &Action, verb: &str, rooms: &[&Room]) -> Call {
    let namespace = &action.audience.namespace;
    let groups = rooms.iter().map(|room| Group::of_room(namespace, room));
    let groups: Vec<String> = groups.map(|group| group.to_string()).collect();
    let body = serde_json::json!({
        "filter": everything(&action.audience),
        "groups": groups,
    });
    Call {
        target: format!(
            "/api/hubs/{}/:{verb}?api-version={API_VERSION}",
            escape(action.hub.as_str())
        ),
        content_type: "application/json",
        body: body.to_string().into(),
        success: 200,
        idempotent: true,
        answers: false,
    }
}

/// The whole audience as a filter over the hub.
fn everything(audience: &Audience) -> String {
    let rooms = if audience.rooms.is_empty() {
        vec![Group::of_namespace(&audience.namespace)]
    } else {
        groups(audience, &audience.rooms)
    };
    let members = filter::members(&rooms, &groups(audience, &audience.except));
    match &audience.user {
        None => members,
        Some(user) => format!("userId eq {} and ({members})", filter::literal(user)),
    }
}

fn packet(audience: &Audience, data: &str, attachments: &[Bytes]) -> String {
    let kind = if attachments.is_empty() {
        Kind::Event
    } else {
        Kind::BinaryEvent
    };
    let mut text = String::with_capacity(data.len() + 32);
    let namespace = audience.namespace.as_str();
    socket::write_header(&mut text, kind, attachments.len(), namespace, None);
    text.push_str(data);
    socket::write_attachments(&mut text, attachments);
    text
}

fn groups(audience: &Audience, rooms: &[Room]) -> Vec<Group> {
    rooms
        .iter()
        .map(|room| Group::of_room(&audience.namespace, room))
        .collect()
}

fn group_path(group: &Group) -> String {
    format!("/groups/{group}")
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sio_protocol::names::{EventName, HubName, Namespace};

    use super::*;

    fn action(namespace: &str, rooms: &[&str], except: &[&str], operation: Operation) -> Action {
        let names = |names: &[&str]| names.iter().map(|n| Room::new(*n).unwrap()).collect();
        Action {
            hub: Arc::new(HubName::new("chat").unwrap()),
            audience: Audience {
                namespace: Namespace::new(namespace).unwrap(),
                rooms: names(rooms),
                except: names(except),
                ..Audience::default()
            },
            operation,
        }
    }

    fn emit() -> Operation {
        Operation::Emit {
            event: EventName::new("event").unwrap(),
            arguments: r#"["abc"]"#.to_owned(),
            attachments: Vec::new(),
        }
    }

    #[test]
    fn a_token_is_asked_for_with_everything_it_is_to_say() {
        let wanted = ClientToken {
            user: Some("O'Brien"),
            roles: &["a b".to_owned(), "c".to_owned()],
            groups: &["g".to_owned()],
            minutes: 2,
        };
        let call = Call::generate_token(&HubName::new("chat").unwrap(), &wanted);
        assert_eq!(
            call.target,
            "/api/hubs/chat/:generateToken?userId=O%27Brien&role=a%20b&role=c&minutesToExpire=2&group=g&api-version=2024-12-01&clientType=default"
        );
    }

    #[test]
    fn an_event_goes_to_the_narrowest_address() {
        let call = Call::of(&action("/ns", &[], &[], emit()));
        assert_eq!(
            call.target,
            "/api/hubs/chat/groups/0~L25z~/:send?api-version=2024-12-01"
        );
        assert_eq!(call.body, r#"42/ns,["event","abc"]"#);
        assert_eq!((call.success, call.idempotent), (202, false));

        let call = Call::of(&action("/ns", &["rm"], &["ex1"], emit()));
        assert_eq!(
            call.target,
            "/api/hubs/chat/groups/0~L25z~cm0/:send?api-version=2024-12-01&filter=not%20%28%270~L25z~ZXgx%27%20in%20groups%29"
        );
    }

    #[test]
    fn an_exception_holds_for_every_room() {
        let call = Call::of(&action("/ns", &["rm", "rm2"], &["ex1"], emit()));
        assert_eq!(
            call.target,
            "/api/hubs/chat/:send?api-version=2024-12-01&filter=%28%270~L25z~cm0%27%20in%20groups%20or%20%270~L25z~cm0y%27%20in%20groups%29%20and%20not%20%28%270~L25z~ZXgx%27%20in%20groups%29"
        );
    }

    #[test]
    fn a_user_is_reached_by_name_and_in_rooms_by_filter() {
        let mut to_user = action("/", &[], &[], emit());
        to_user.audience.user = Some("O'Brien / 1".to_owned());
        assert_eq!(
            Call::of(&to_user).target,
            "/api/hubs/chat/users/O%27Brien%20%2F%201/:send?api-version=2024-12-01&filter=%270~Lw~%27%20in%20groups"
        );
        to_user.audience.except = vec![Room::new("s1").unwrap()];
        assert!(Call::of(&to_user).target.ends_with(
            "&filter=%270~Lw~%27%20in%20groups%20and%20not%20%28%270~Lw~czE%27%20in%20groups%29"
        ));
        to_user.audience.except.clear();
        to_user.audience.rooms = vec![Room::new("rm").unwrap()];
        assert_eq!(
            Call::of(&to_user).target,
            "/api/hubs/chat/:send?api-version=2024-12-01&filter=userId%20eq%20%27O%27%27Brien%20%2F%201%27%20and%20%28%270~Lw~cm0%27%20in%20groups%29"
        );
    }

    #[test]
    fn joining_names_the_socket_by_its_own_room() {
        let call = Call::of(&action(
            "/ns",
            &["socket1"],
            &[],
            Operation::Join(Room::new("rm1").unwrap()),
        ));
        assert_eq!(
            call.target,
            "/api/hubs/chat/:addToGroups?api-version=2024-12-01"
        );
        assert_eq!(
            call.body,
            r#"{"filter":"'0~L25z~c29ja2V0MQ' in groups","groups":["0~L25z~cm0x"]}"#
        );
        assert_eq!((call.success, call.idempotent), (200, true));
    }

    #[test]
    fn disconnecting_is_a_packet_for_the_selected() {
        let call = Call::of(&action(
            "/ns",
            &["socket1", "socket2"],
            &[],
            Operation::Disconnect { close: true },
        ));
        assert_eq!(
            call.target,
            "/api/hubs/chat/:send?api-version=2024-12-01&filter=%270~L25z~c29ja2V0MQ%27%20in%20groups%20or%20%270~L25z~c29ja2V0Mg%27%20in%20groups"
        );
        assert_eq!(call.body, r#"41/ns,{"close":true}"#);
        let call = Call::of(&action(
            "/",
            &[],
            &[],
            Operation::Disconnect { close: false },
        ));
        assert_eq!(call.body, "41");
    }

    #[test]
    fn bytes_follow_their_packet() {
        let operation = Operation::Emit {
            event: EventName::new("f").unwrap(),
            arguments: r#"[{"_placeholder":true,"num":0}]"#.to_owned(),
            attachments: vec![Bytes::from_static(&[1, 2, 3])],
        };
        let call = Call::of(&action("/", &[], &[], operation));
        assert_eq!(
            call.body,
            "451-[\"f\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQID"
        );
    }
}
