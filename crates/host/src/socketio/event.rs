//! The body of an event, and the document that a function gets for it (docs/contracts/socketio-extension.md, "Bodies",
//! "Decode" and "JSON per event").

use super::delivery::Delivery;
use super::packet;
use super::trigger::EventType;
use crate::invocation::{charset, dates};
use crate::json::Json;

/// An event as its function sees it.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for a request, and it is not moved about"
)]
pub(crate) enum Event {
    Connect {
        claims: Json,
        query: Json,
        headers: Json,
        certificates: Json,
    },
    Connected,
    Disconnected {
        reason: Json,
    },
    Message {
        payload: String,
        event: String,
        /// None where the client sent no argument.
        parameters: Option<Vec<Json>>,
        /// An argument was a date, and is written otherwise now.
        dated: bool,
        ack: Option<i32>,
    },
}

/// A body that is refused.
#[derive(Debug, PartialEq)]
pub(crate) enum Refused {
    /// 400, with this text.
    MediaType(String),
    /// 500 without a body; the reason only shows in the host's log.
    Unreadable(String),
}

impl Event {
    /// Reads the body of an event as the original does: members must be there, and dates in arguments are written anew.
    pub(crate) fn read(
        delivery: &Delivery,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<Self, Refused> {
        if delivery.key.kind == EventType::User {
            return message(delivery, content_type, body);
        }
        match delivery.key.event.to_ascii_lowercase().as_str() {
            "connect" => connect(content_type, body),
            "disconnected" => {
                let document = document(content_type, body)?;
                Ok(Self::Disconnected {
                    reason: member(&document, "reason")?,
                })
            }
            _ => Ok(Self::Connected),
        }
    }

    /// The document that the function gets. Members of the event come first (measured; no order is promised).
    pub(crate) fn request(&self, delivery: &Delivery) -> Json {
        let mut members = match self {
            Self::Connect {
                claims,
                query,
                headers,
                certificates,
            } => vec![
                ("claims", claims.clone()),
                ("query", query.clone()),
                ("headers", headers.clone()),
                ("clientCertificates", certificates.clone()),
            ],
            Self::Connected => Vec::new(),
            Self::Disconnected { reason } => vec![("reason", reason.clone())],
            Self::Message {
                payload,
                event,
                parameters,
                ..
            } => vec![
                ("payload", Json::text(payload)),
                ("eventName", Json::text(event)),
                (
                    "parameters",
                    parameters.clone().map_or(Json::Null, Json::Array),
                ),
            ],
        };
        members.push(("namespace", Json::text(&delivery.key.namespace)));
        members.push(("socketId", Json::text(&delivery.socket)));
        Json::Object(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }
}

/// The text of a body; one whose charset .NET doesn't know is an error.
fn text(content_type: Option<&str>, body: &[u8]) -> Result<String, Refused> {
    charset::text(content_type, body).map_err(|error| Refused::Unreadable(error.to_string()))
}

fn document(content_type: Option<&str>, body: &[u8]) -> Result<Json, Refused> {
    let read = Json::plain(&text(content_type, body)?)
        .map_err(|error| Refused::Unreadable(format!("the body is not JSON: {error}")))?;
    match read {
        Json::Object(_) => Ok(read),
        other => Err(Refused::Unreadable(format!(
            "the body must be an object, found {}",
            other.kind()
        ))),
    }
}

fn member(document: &Json, name: &str) -> Result<Json, Refused> {
    let found = document.get_exact(name).cloned();
    found.ok_or_else(|| Refused::Unreadable(format!("the body has no {name}")))
}

fn connect(content_type: Option<&str>, body: &[u8]) -> Result<Event, Refused> {
    let document = document(content_type, body)?;
    let lists = |name: &str| {
        let found = member(&document, name)?;
        let well_formed = found.is_null()
            || matches!(&found, Json::Object(members) if members.iter().all(|(_, values)| {
                matches!(values, Json::Array(list) if list.iter().all(|value| value.as_str().is_some()))
            }));
        if well_formed {
            Ok(found)
        } else {
            Err(Refused::Unreadable(format!(
                "{name} must be an object of lists of strings"
            )))
        }
    };
    let (claims, query, headers) = (lists("claims")?, lists("query")?, lists("headers")?);
    member(&document, "subprotocols")?;
    let certificates = match member(&document, "clientCertificates")? {
        Json::Null => Json::Null,
        Json::Array(list) => Json::Array(list.iter().map(certificate).collect()),
        other => {
            return Err(Refused::Unreadable(format!(
                "clientCertificates must be a list, found {}",
                other.kind()
            )));
        }
    };
    Ok(Event::Connect {
        claims,
        query,
        headers,
        certificates,
    })
}

/// Functions see `Thumbprint`, with a capital.
fn certificate(found: &Json) -> Json {
    let text = |name: &str| found.get_exact(name).cloned().unwrap_or(Json::Null);
    let (thumbprint, content) = (text("thumbprint"), text("content"));
    if thumbprint.is_null() && content.is_null() {
        return Json::Null;
    }
    Json::object([("Thumbprint", thumbprint), ("content", content)])
}

fn message(delivery: &Delivery, content_type: Option<&str>, body: &[u8]) -> Result<Event, Refused> {
    let Some(content_type) = content_type else {
        return Err(Refused::Unreadable(
            "a user event without Content-Type".to_owned(),
        ));
    };
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if !media.contains('/') {
        return Err(Refused::Unreadable(format!(
            "\"{media}\" is not a media type"
        )));
    }
    if !media.eq_ignore_ascii_case("text/plain") {
        return Err(Refused::MediaType(format!(
            "Message data only supports text. Current value is: {media}"
        )));
    }
    let payload = text(Some(content_type), body)?;
    let read = packet::decode(&payload).map_err(Refused::Unreadable)?;
    let (name, arguments) = (read.event, read.arguments);
    if name != delivery.key.event {
        return Err(Refused::Unreadable(format!(
            "Event name dismatch. {} from header but {name} from payload",
            delivery.key.event
        )));
    }
    let dated = arguments.iter().any(dates::changes);
    let arguments = arguments.into_iter().map(dates::reread).collect();
    Ok(Event::Message {
        payload,
        event: name,
        parameters: Some(arguments).filter(|arguments: &Vec<Json>| !arguments.is_empty()),
        dated,
        ack: read.ack,
    })
}
