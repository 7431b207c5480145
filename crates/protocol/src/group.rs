//! How namespaces and rooms become Web PubSub groups: `0~<namespace>~<room>`, both parts base64url without padding.
//!
//! A socket is in the group of its namespace and in a room named like its own id, so that a group addresses all of them.
//! Source: docs/contracts/service.md, "Namespaces, rooms and groups"; docs/contracts/socketio-extension.md, "Group
//! names".

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::names::{Namespace, Room};

/// The name of a group that stands for a namespace or for a room in one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group(String);

impl Group {
    /// The group of every socket in a namespace.
    #[must_use]
    pub fn of_namespace(namespace: &Namespace) -> Self {
        Self::encode(namespace.as_str(), "")
    }

    /// The group of a room.
    #[must_use]
    pub fn of_room(namespace: &Namespace, room: &Room) -> Self {
        Self::encode(namespace.as_str(), room.as_str())
    }

    /// The group for any two texts. An empty room gives the group of the whole namespace.
    #[must_use]
    pub fn encode(namespace: &str, room: &str) -> Self {
        let mut name = String::with_capacity(4 + (namespace.len() + room.len()) * 4 / 3 + 2);
        name.push_str("0~");
        URL_SAFE_NO_PAD.encode_string(namespace, &mut name);
        name.push('~');
        URL_SAFE_NO_PAD.encode_string(room, &mut name);
        Self(name)
    }

    /// The group's name on the wire. It needs no escaping in a path or a filter.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a group's name back: the namespace, and the room unless it is the namespace's own group.
///
/// `None` for a name of another form, which is an ordinary group without meaning for Socket.IO.
#[must_use]
pub fn decode(name: &str) -> Option<(String, Option<String>)> {
    let mut parts = name.split('~');
    let ("0", namespace, room, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next())
    else {
        return None;
    };
    let text = |part| String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let (namespace, room) = (text(namespace)?, text(room)?);
    Some((namespace, (!room.is_empty()).then_some(room)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_names_encode_and_decode() {
        for (namespace, room, group) in [
            ("/", "", "0~Lw~"),
            ("/ns", "", "0~L25z~"),
            ("/ns", "rm", "0~L25z~cm0"),
            ("/ns", "socketId", "0~L25z~c29ja2V0SWQ"),
            ("/", "room~1", "0~Lw~cm9vbX4x"),
            ("/chat", "a/b?c", "0~L2NoYXQ~YS9iP2M"),
            ("/", "日本語", "0~Lw~5pel5pys6Kqe"),
            ("/admin", "lobby 1", "0~L2FkbWlu~bG9iYnkgMQ"),
        ] {
            assert_eq!(Group::encode(namespace, room).as_str(), group);
            let room = (!room.is_empty()).then(|| room.to_owned());
            assert_eq!(decode(group), Some((namespace.to_owned(), room)));
        }
    }

    #[test]
    fn other_forms_are_ordinary_groups() {
        for name in ["lobby", "0~Lw", "0~Lw~a~b", "1~Lw~", "0~L~", "0~Lw~*"] {
            assert_eq!(decode(name), None, "{name}");
        }
    }
}
