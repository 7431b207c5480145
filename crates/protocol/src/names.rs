//! Names of the protocol as types: checked once where they enter, trusted afterwards.
//!
//! Most names are short and many are copied several times for each event, so they are kept where that costs nothing: up
//! to 23 bytes in place, longer ones shared.
//!
//! Sources: docs/contracts/service.md, "Common rules" (hub names) and "Connecting a namespace".

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize, Serializer};
use smol_str::SmolStr;

/// A name that breaks the rules of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {name:?} {problem}")]
pub struct NameError {
    kind: &'static str,
    name: String,
    problem: &'static str,
}

impl NameError {
    fn new(kind: &'static str, name: &str, problem: &'static str) -> Self {
        // A name in an error is shown to people; a megabyte of it does not help.
        let name = match name.char_indices().nth(64) {
            Some((end, _)) => format!("{}…", &name[..end]),
            None => name.to_owned(),
        };
        Self {
            kind,
            name,
            problem,
        }
    }

    /// Returns the error with another kind of name in its text.
    #[must_use]
    pub fn meant_as(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $type(SmolStr);

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        #[cfg(feature = "typescript")]
        impl ts_rs::TS for $type {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;

            fn name(_: &ts_rs::Config) -> String {
                "string".to_owned()
            }

            fn inline(config: &ts_rs::Config) -> String {
                Self::name(config)
            }
        }

        impl $type {
            /// Checks the text and takes it.
            ///
            /// # Errors
            /// Says which rule the name breaks.
            pub fn new(name: impl AsRef<str>) -> Result<Self, NameError> {
                let name = name.as_ref();
                let check: fn(&str) -> Result<(), &'static str> = $check;
                match check(name) {
                    Ok(()) => Ok(Self(SmolStr::new(name))),
                    Err(problem) => Err(NameError::new($kind, name, problem)),
                }
            }

            /// The name as text, spelled as it came.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl std::str::FromStr for $type {
            type Err = NameError;
            fn from_str(name: &str) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0.into()
            }
        }
    };
}

name! {
    /// A Socket.IO namespace, with its leading slash: `/`, `/admin`.
    ///
    /// The comma ends a namespace on the wire, so it cannot be part of one.
    Namespace, "namespace", |name| {
        if !name.starts_with('/') {
            Err("does not begin with \"/\"")
        } else if name.contains(',') {
            Err("contains a comma, which ends a namespace on the wire")
        } else if has_control(name) {
            Err("contains a control character")
        } else {
            Ok(())
        }
    }
}

impl Namespace {
    /// The main namespace, `/`: what a client joins unless it names another.
    #[must_use]
    pub fn main() -> Self {
        Self(SmolStr::new_static("/"))
    }

    /// Whether this is `/`, which is left out of packets.
    #[must_use]
    pub fn is_main(&self) -> bool {
        self.0 == "/"
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self::main()
    }
}

name! {
    /// A room inside a namespace. A socket's id is a room of its own.
    ///
    /// The empty name is refused because it would encode to the group of the whole namespace.
    Room, "room", |name| {
        if name.is_empty() {
            Err("is empty")
        } else {
            Ok(())
        }
    }
}

name! {
    /// The id of one socket: one client in one namespace.
    SocketId, "socket id", |name| if name.is_empty() { Err("is empty") } else { Ok(()) }
}

name! {
    /// The id of one Engine.IO connection, which carries a socket per namespace.
    ConnectionId, "connection id", |name| if name.is_empty() { Err("is empty") } else { Ok(()) }
}

name! {
    /// The id of a user, as negotiation put it into the token. It is opaque, and never empty.
    UserId, "user id", |name| if name.is_empty() { Err("is empty") } else { Ok(()) }
}

/// Names that Socket.IO keeps for itself; its parser refuses them as events.
pub const RESERVED_EVENTS: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

name! {
    /// The name of an event that a client or a function emits.
    ///
    /// Reserved names and control characters are refused: the first cannot travel in a packet, the second not in a
    /// header. The empty name is accepted, since clients can emit it; see [`non_empty`](EventName::non_empty).
    EventName, "event", |name| {
        if RESERVED_EVENTS.contains(&name) {
            Err("is reserved by Socket.IO")
        } else if name.contains(|c: char| c.is_ascii_control() && c != '\t') {
            Err("contains a control character, which cannot be sent in a header")
        } else {
            Ok(())
        }
    }
}

impl EventName {
    /// Checks the name of an event that an app handles or emits. It must not be empty either: clients would take such
    /// an event, but the service has no way to name it in a webhook, and Microsoft's extension refuses to emit it.
    ///
    /// # Errors
    /// Says which rule the name breaks.
    pub fn non_empty(name: impl AsRef<str>) -> Result<Self, NameError> {
        match name.as_ref() {
            "" => Err(NameError::new("event", "", "is empty")),
            name => Self::new(name),
        }
    }
}

/// The name of a hub. Hubs compare ignoring ASCII case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HubName(SmolStr);

impl HubName {
    /// Checks a hub name: an ASCII letter, then ASCII letters, digits and ``_ ` , . [ ]``, at most 128 characters.
    ///
    /// # Errors
    /// Says which rule the name breaks.
    pub fn new(name: impl AsRef<str>) -> Result<Self, NameError> {
        let name = name.as_ref();
        let error = |problem| Err(NameError::new("hub", name, problem));
        let legal = |c: char| c.is_ascii_alphanumeric() || "_`,.[]".contains(c);
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            error("does not begin with an ASCII letter")
        } else if !name.chars().all(legal) {
            error("contains a character other than ASCII letters, digits and _ ` , . [ ]")
        } else if name.len() > 128 {
            error("is longer than 128 characters")
        } else {
            Ok(Self(SmolStr::new(name)))
        }
    }

    /// The name as text, spelled as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for HubName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for HubName {}

impl Hash for HubName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        // As `str` does: without an end, neighbouring fields of a key run into each other.
        state.write_u8(0xff);
    }
}

impl fmt::Display for HubName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for HubName {
    type Error = NameError;
    fn try_from(name: String) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl std::str::FromStr for HubName {
    type Err = NameError;
    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl From<HubName> for String {
    fn from(name: HubName) -> Self {
        name.0.into()
    }
}

fn has_control(name: &str) -> bool {
    name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hubs_compare_ignoring_case_and_keep_their_spelling() {
        let hub = HubName::new("Chat").unwrap();
        assert_eq!(hub, HubName::new("chat").unwrap());
        assert_eq!(hub.as_str(), "Chat");
    }

    #[test]
    fn illegal_hubs_are_refused_with_the_rule_they_break() {
        for (name, rule) in [
            ("1bad", "letter"),
            ("", "letter"),
            ("a/b", "character"),
            (&"a".repeat(129), "128"),
        ] {
            let error = HubName::new(name).unwrap_err().to_string();
            assert!(error.contains(rule), "{error}");
        }
    }

    #[test]
    fn a_namespace_keeps_its_slash_and_has_no_comma() {
        assert!(Namespace::new("/x/y?z=1").is_ok());
        assert!(Namespace::new("admin").is_err());
        assert!(Namespace::new("/a,b").is_err());
        assert!(Namespace::new("/a\nb").is_err());
    }

    #[test]
    fn a_hubs_hash_ends() {
        use std::hash::BuildHasher as _;
        let state = std::hash::RandomState::new();
        let hub = |name| HubName::new(name).unwrap();
        let hash = |one, two| state.hash_one((hub(one), hub(two)));
        assert_eq!(hash("Ab", "c"), hash("aB", "C"));
        assert_ne!(hash("ab", "c"), hash("a", "bc"));
    }

    #[test]
    fn a_long_name_is_shortened_in_its_error() {
        let error = |name: &str| Namespace::new(name).unwrap_err().to_string();
        let (most, more) = ("é".repeat(64), "é".repeat(65));
        assert!(error(&most).contains(&format!("\"{most}\"")));
        assert!(error(&more).contains(&format!("\"{most}…\"")));
    }

    #[test]
    fn reserved_events_and_control_characters_are_refused() {
        assert!(EventName::new("connected").is_ok());
        assert!(EventName::new("new message").is_ok());
        assert!(EventName::new("connect").is_err());
        assert!(EventName::new("a\tb").is_ok());
        for name in ["a\r\nb", "\0", "\u{1b}[0m", "\u{7f}"] {
            assert!(EventName::new(name).is_err(), "{name:?}");
        }
        assert!(EventName::new("").is_ok());
        let error = EventName::non_empty("").unwrap_err();
        assert_eq!(error.to_string(), "event \"\" is empty");
        assert!(EventName::non_empty("connect").is_err());
        assert!(EventName::non_empty("chat").is_ok());
    }
}
