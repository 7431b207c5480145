//! Cases that are one function from values to values.

use serde_json::{Value, json};
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::filter;
use sio_protocol::group::Group;
use sio_protocol::signature::Signer;
use sio_protocol::socket::{self, Kind};

use super::Ours;

fn text<'a>(given: &'a Value, name: &str) -> &'a str {
    given[name].as_str().unwrap_or_default()
}

fn groups(given: &Value, name: &str) -> Vec<Group> {
    let rooms = given[name].as_array().into_iter().flatten();
    let namespace = text(given, "namespace");
    rooms
        .map(|room| Group::encode(namespace, room.as_str().unwrap_or_default()))
        .collect()
}

pub(crate) fn group(given: &Value) -> Ours {
    let group = Group::encode(text(given, "namespace"), text(given, "room"));
    Ours::Value(group.as_str().into())
}

pub(crate) fn filter(given: &Value) -> Ours {
    let mut rooms = groups(given, "rooms");
    if rooms.is_empty() && given["withNamespace"] == true {
        rooms.push(Group::encode(text(given, "namespace"), ""));
    }
    Ours::Value(filter::members(&rooms, &groups(given, "exceptRooms")).into())
}

pub(crate) fn encode(given: &Value) -> Ours {
    let kind = match given["type"].as_u64() {
        Some(0) => Kind::Connect,
        Some(1) => Kind::Disconnect,
        Some(2) => Kind::Event,
        Some(3) => Kind::Ack,
        Some(4) => Kind::ConnectError,
        _ => return Ours::Untypable("a packet of this type"),
    };
    let id = given["id"].as_i64().map(|id| id.to_string());
    let mut packet = String::new();
    socket::write_header(
        &mut packet,
        kind,
        0,
        text(given, "namespace"),
        id.as_deref(),
    );
    packet.push_str(text(given, "data"));
    Ours::Value(packet.into())
}

pub(crate) fn signature(given: &Value) -> Ours {
    let signer = Signer::new(text(given, "key"));
    Ours::Value(signer.sign(text(given, "connectionId")).into())
}

pub(crate) fn connection_string(given: &Value) -> Ours {
    match ConnectionString::parse(given.as_str().unwrap_or_default()) {
        Ok(connection) => Ours::Value(json!({
            // The published form is that of a URI object, whose path is a slash by default.
            "endpoint": match connection.endpoint().base_path() {
                "" => format!("{}/", connection.endpoint()),
                _ => connection.endpoint().to_string(),
            },
            "key": connection.access_key(),
            "host": connection.endpoint().host(),
        })),
        Err(error) => Ours::Refused(error.to_string()),
    }
}
