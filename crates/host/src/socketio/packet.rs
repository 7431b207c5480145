//! Packets as the extension reads and writes them, which is not quite as Socket.IO does
//! (docs/contracts/socketio-extension.md, "Packets").

use crate::invocation::dates;
use crate::json::Json;

/// An event packet.
#[derive(Debug, PartialEq)]
pub(crate) struct Decoded {
    pub(crate) event: String,
    pub(crate) arguments: Vec<Json>,
    pub(crate) ack: Option<i32>,
}

/// Reads the body of a user event. The packet's own namespace does not count.
pub(crate) fn decode(payload: &str) -> Result<Decoded, String> {
    let mut characters = payload.chars();
    match characters.next() {
        None => return Err("the payload is empty".to_owned()),
        Some('b') => return Err("Binary data is not support.".to_owned()),
        // Whatever it is: only the next one is looked at.
        Some(_) => {}
    }
    let kind = characters
        .next()
        .and_then(|digit| digit.to_digit(10))
        .ok_or("the packet type is not a digit")?;
    let mut rest = characters.as_str();
    if matches!(kind, 5 | 6) {
        let (_, after) = rest
            .split_once('-')
            .ok_or("a binary packet without its number of attachments")?;
        rest = after;
    }
    if rest.starts_with('/') {
        rest = rest.split_once(',').map_or("", |(_, after)| after);
    }
    let digits = rest.find(|c: char| !c.is_numeric()).unwrap_or(rest.len());
    let (id, data) = rest.split_at(digits);
    let ack = match id {
        "" => None,
        id => Some(
            id.parse::<i32>()
                .map_err(|_| format!("the ack id {id} is not a 32-bit number"))?,
        ),
    };
    if kind != 2 {
        return Err(format!("Invalid Socket.IO message type: {}", name(kind)));
    }
    let Ok(Json::Array(mut list)) = Json::lenient(data) else {
        return Err("the data of the event is not a JSON array".to_owned());
    };
    if list.is_empty() {
        return Err("the event has no name".to_owned());
    }
    let event = match list.remove(0) {
        Json::Null => return Err("the event's name is null".to_owned()),
        name => dates::text(&name),
    };
    Ok(Decoded {
        event,
        arguments: list,
        ack,
    })
}

fn name(kind: u32) -> String {
    const NAMES: [&str; 7] = [
        "Connect",
        "Disconnect",
        "Event",
        "Ack",
        "ConnectError",
        "BinaryEvent",
        "BinaryAck",
    ];
    let known = usize::try_from(kind).ok().and_then(|kind| NAMES.get(kind));
    known.map_or(kind.to_string(), |name| (*name).to_owned())
}

/// Writes a packet of a kind: `4`, its digit, the namespace as it is unless it is `/`, an id and JSON text.
fn encode(kind: char, namespace: &str, id: Option<i32>, data: &str) -> String {
    let mut text = format!("4{kind}");
    if namespace != "/" {
        text.push_str(namespace);
        text.push(',');
    }
    if let Some(id) = id {
        text.push_str(&id.to_string());
    }
    text.push_str(data);
    text
}

/// An event for clients.
pub(crate) fn event(namespace: &str, name: &str, parameters: &[Json]) -> String {
    let mut list = vec![Json::text(name)];
    list.extend_from_slice(parameters);
    encode('2', namespace, None, &Json::Array(list).compact())
}

/// The acknowledgement of an event.
pub(crate) fn ack(namespace: &str, id: i32, arguments: &[Json]) -> String {
    let data = Json::Array(arguments.to_vec()).compact();
    encode('3', namespace, Some(id), &data)
}

/// The end of sockets, and of their connections if `close`.
pub(crate) fn disconnect(namespace: &str, close: bool) -> String {
    encode(
        '1',
        namespace,
        None,
        if close { "{\"close\":true}" } else { "" },
    )
}
