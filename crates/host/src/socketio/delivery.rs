//! The headers of an event, and who may send one (docs/contracts/socketio-extension.md, "Headers", "Abuse protection",
//! "Origin and signature check").

use http::HeaderMap;

use super::connection::Connection;
use super::trigger::{EventType, Key};
use crate::json::Json;

const ORIGIN: &str = "webhook-request-origin";

/// What the headers of an event say.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) connection: String,
    pub(crate) key: Key,
    pub(crate) socket: String,
    pub(crate) user: Option<String>,
    pub(crate) signature: Option<String>,
    pub(crate) origin: String,
    /// Every header, name to list of values.
    pub(crate) headers: Json,
}

/// A required header is missing, doubled or empty.
#[derive(Debug, thiserror::Error)]
#[error("the header {0} is missing, doubled or empty")]
pub(crate) struct HeaderProblem(&'static str);

impl Delivery {
    /// Reads the headers; `headers` is the form in which functions see them.
    pub(crate) fn read(map: &HeaderMap, headers: Json) -> Result<Self, HeaderProblem> {
        let required = |name: &'static str| {
            let value = single(map, name)?;
            if value.is_empty() {
                return Err(HeaderProblem(name));
            }
            Ok(value)
        };
        let connection = required("ce-connectionId")?;
        let hub = required("ce-hub")?;
        let kind = single(map, "ce-type")?;
        let event = required("ce-eventName")?;
        let namespace = required("ce-namespace")?;
        let socket = required("ce-socketId")?;
        let origin = lines(map, ORIGIN);
        if origin.is_empty() {
            return Err(HeaderProblem("WebHook-Request-Origin"));
        }
        let system = "azure.webpubsub.sys.";
        let kind = match kind.get(..system.len()) {
            Some(head) if head.eq_ignore_ascii_case(system) => EventType::System,
            _ => EventType::User,
        };
        Ok(Self {
            connection,
            key: Key {
                hub,
                namespace,
                kind,
                event,
            },
            socket,
            user: lines(map, "ce-userId").into_iter().next(),
            signature: Some(lines(map, "ce-signature").join(",")).filter(|text| !text.is_empty()),
            origin: origin.join(","),
            headers,
        })
    }

    /// May the sender post? An origin without any text makes the original throw.
    pub(crate) fn is_trusted(&self, connection: &Connection) -> Result<bool, EmptyOrigin> {
        if self.origin.is_empty() {
            return Err(EmptyOrigin);
        }
        let host = connection.endpoint().host();
        let known = pieces(&self.origin).any(|origin| origin.eq_ignore_ascii_case(host));
        let signature = self.signature.as_deref().unwrap_or_default();
        Ok(known && connection.is_signed(signature, &self.connection))
    }
}

/// `WebHook-Request-Origin` is there and empty.
#[derive(Debug, PartialEq)]
pub(crate) struct EmptyOrigin;

/// The answer to the abuse-protection request: the origin that is allowed, as the caller wrote it.
/// `Err` where there is no such header.
pub(crate) fn allowed_origin(
    map: &HeaderMap,
    connection: &Connection,
) -> Result<Option<String>, HeaderProblem> {
    if !map.contains_key(ORIGIN) {
        return Err(HeaderProblem("WebHook-Request-Origin"));
    }
    let host = connection.endpoint().host();
    let asked = lines(map, ORIGIN);
    let allowed = asked
        .iter()
        .flat_map(|line| pieces(line))
        .find(|origin| origin.eq_ignore_ascii_case(host));
    Ok(allowed.map(str::to_owned))
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|piece| !piece.is_empty())
}

fn lines(map: &HeaderMap, name: &str) -> Vec<String> {
    let values = map.get_all(name).iter();
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect()
}

fn single(map: &HeaderMap, name: &'static str) -> Result<String, HeaderProblem> {
    let mut found = lines(map, name);
    match (found.pop(), found.is_empty()) {
        (Some(value), true) => Ok(value),
        _ => Err(HeaderProblem(name)),
    }
}
