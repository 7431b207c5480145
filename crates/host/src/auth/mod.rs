//! Who may do what: keys, and what the key of a request allows (host contract, "Authorisation").

mod keys;

use http::HeaderMap;

use crate::invocation::query;

pub(crate) use keys::{Change, Keys};
pub use keys::{Key, KeyScope};

/// Where a key stands in a request, before the query's `code`.
pub(crate) const KEY_HEADER: &str = "x-functions-key";

/// The system key of the Socket.IO extension's webhook.
pub(crate) const SOCKET_IO_KEY: &str = "socketio_extension";

/// What a request's key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authority {
    /// There is none, or nobody knows it.
    None,
    /// A key of the function, or one for all functions; its name.
    Function(String),
    /// A key of an extension; its name.
    System(String),
    /// The master key.
    Admin,
}

impl Authority {
    /// Does it satisfy the `authLevel` of a function? A system key does not.
    pub(crate) fn satisfies(&self, level: &str) -> bool {
        match level {
            "anonymous" => true,
            "function" => matches!(self, Self::Function(_) | Self::Admin),
            // "admin", and the internal levels that no key of these has.
            _ => *self == Self::Admin,
        }
    }

    /// The claims of the identity that the handler sees: level and id of the key.
    pub(crate) fn claims(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::None => None,
            Self::Function(name) => Some(("Function", name)),
            Self::System(name) => Some(("System", name)),
            Self::Admin => Some(("Admin", "master")),
        }
    }
}

/// The key in a request: the header's, else the query's.
pub(crate) fn presented(headers: &HeaderMap, raw_query: Option<&str>) -> Option<String> {
    if let Some(key) = headers.get(KEY_HEADER).and_then(|key| key.to_str().ok()) {
        return Some(key.to_owned());
    }
    query(raw_query.unwrap_or_default())
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("code"))
        .map(|(_, key)| key)
}
