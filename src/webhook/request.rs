//! From a webhook request to the input of a handler.
//!
//! Source: docs/contracts/service.md, "Request headers" and "Request bodies"; docs/contracts/socketio-extension.md,
//! "Headers" and "Bodies".

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use sio_protocol::cloud_events::{self, ConnectBody, DisconnectedBody, SystemEvent, header};
use sio_protocol::engine;
use sio_protocol::names::{ConnectionId, Namespace, SocketId, UserId};
use sio_protocol::socket::Packet;
use sio_protocol::surrogates;

use crate::arguments::ArgumentList;
use crate::handler::{Detail, EventInput, Request};
use crate::json_error::without_values;

/// The headers of an event, checked.
#[derive(Debug)]
pub(super) struct Head<'a> {
    pub(super) hub: &'a str,
    pub(super) namespace: Namespace,
    pub(super) socket_id: SocketId,
    pub(super) connection_id: ConnectionId,
    pub(super) user: Option<UserId>,
    pub(super) event_id: Option<String>,
    /// The system event, or `None` for one that a client emitted.
    pub(super) system: Option<SystemEvent>,
    pub(super) event: &'a str,
}

/// A request that is not an event of the service. It is answered with 400.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeadError {
    #[error("header {0} is missing, empty or not UTF-8")]
    Missing(&'static str),
    #[error("header {0} is given twice")]
    Twice(&'static str),
    #[error("header {0}: {1}")]
    Illegal(&'static str, String),
}

impl<'a> Head<'a> {
    pub(super) fn read(headers: &'a HeaderMap) -> Result<Self, HeadError> {
        let found = Found::among(headers);
        let event = found.event_name.required(header::EVENT_NAME)?;
        let system = if cloud_events::is_system(found.kind.required(header::TYPE)?) {
            let known = SystemEvent::from_name(event);
            let unknown =
                || HeadError::Illegal(header::EVENT_NAME, format!("no system event {event:?}"));
            Some(known.ok_or_else(unknown)?)
        } else {
            None
        };
        Ok(Self {
            hub: found.hub.required(header::HUB)?,
            namespace: found.namespace.name(header::NAMESPACE, Namespace::new)?,
            socket_id: found.socket_id.name(header::SOCKET_ID, SocketId::new)?,
            connection_id: found
                .connection_id
                .name(header::CONNECTION_ID, ConnectionId::new)?,
            user: found
                .user_id
                .optional(header::USER_ID)?
                .map(UserId::new)
                .transpose()
                .map_err(|error| HeadError::Illegal(header::USER_ID, error.to_string()))?,
            event_id: found.id.optional(header::ID)?.map(str::to_owned),
            system,
            event,
        })
    }
}

/// The headers that say what an event is. One pass finds them all, which costs less than a look-up of each.
#[derive(Default)]
struct Found<'a> {
    event_name: Values<'a>,
    kind: Values<'a>,
    hub: Values<'a>,
    namespace: Values<'a>,
    socket_id: Values<'a>,
    connection_id: Values<'a>,
    user_id: Values<'a>,
    id: Values<'a>,
}

impl<'a> Found<'a> {
    fn among(headers: &'a HeaderMap) -> Self {
        let mut found = Self::default();
        for (name, value) in headers {
            let values = match name.as_str() {
                header::EVENT_NAME => &mut found.event_name,
                header::TYPE => &mut found.kind,
                header::HUB => &mut found.hub,
                header::NAMESPACE => &mut found.namespace,
                header::SOCKET_ID => &mut found.socket_id,
                header::CONNECTION_ID => &mut found.connection_id,
                header::USER_ID => &mut found.user_id,
                header::ID => &mut found.id,
                _ => continue,
            };
            values.add(value);
        }
        found
    }
}

/// The values of a header, of which there may be one.
#[derive(Default)]
struct Values<'a> {
    first: Option<&'a HeaderValue>,
    is_single: bool,
}

impl<'a> Values<'a> {
    fn add(&mut self, value: &'a HeaderValue) {
        self.is_single = self.first.is_none();
        self.first.get_or_insert(value);
    }

    fn required(&self, name: &'static str) -> Result<&'a str, HeadError> {
        let value = self.first.ok_or(HeadError::Missing(name))?;
        if !self.is_single {
            return Err(HeadError::Twice(name));
        }
        text(value).ok_or(HeadError::Missing(name))
    }

    /// A header that may be missing or empty. An unreadable header is an error, not an absent one; otherwise a named
    /// user would become anonymous.
    fn optional(&self, name: &'static str) -> Result<Option<&'a str>, HeadError> {
        match self.first {
            Some(value) if !value.is_empty() => self.required(name).map(Some),
            _ => Ok(None),
        }
    }

    fn name<T, E: std::fmt::Display>(
        &self,
        name: &'static str,
        new: impl Fn(&'a str) -> Result<T, E>,
    ) -> Result<T, HeadError> {
        new(self.required(name)?).map_err(|error| HeadError::Illegal(name, error.to_string()))
    }
}

/// A header's value as UTF-8: users and events may have names outside ASCII.
fn text(value: &HeaderValue) -> Option<&str> {
    let text = std::str::from_utf8(value.as_bytes()).ok()?;
    (!text.is_empty()).then_some(text)
}

/// Reads what happened from the body.
pub(super) fn detail(head: &Head<'_>, request: &Request) -> Result<Detail, String> {
    let body = &request.body;
    let lost = || {
        let cause = if request.is_chunked() {
            "it came in chunks, which the Functions host only passes on when customHandler.enableProxyingHttpRequest is true in host.json"
        } else {
            "it is empty"
        };
        format!("the body was lost on the way: {cause}")
    };
    match head.system {
        Some(SystemEvent::Connected) => Ok(Detail::Connected),
        // Only the reason is lost with this one, and leaving should be noticed all the same.
        Some(SystemEvent::Disconnected) if body.is_empty() => {
            Ok(Detail::Disconnected(String::new()))
        }
        _ if body.is_empty() => Err(lost()),
        Some(SystemEvent::Connect) => {
            let body: ConnectBody = json(body)?;
            Ok(Detail::Connect(Box::new(body)))
        }
        Some(SystemEvent::Disconnected) => {
            let body: DisconnectedBody = json(body)?;
            Ok(Detail::Disconnected(body.reason))
        }
        None => event(head, &body.clone().into()).map(Detail::Event),
    }
}

fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    // serde would take a list for the members in their order, and a missing one for empty.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err("the body is not a JSON object".to_owned());
    }
    serde_json::from_slice(&surrogates::replace_lone_surrogates_in_bytes(body)).map_err(|error| {
        format!(
            "the body is not the expected JSON: {}",
            without_values(&error)
        )
    })
}

/// Reads an Engine.IO payload: one message with an event, and the attachments that it announces.
fn event(head: &Head<'_>, body: &Bytes) -> Result<EventInput, String> {
    let body = &match surrogates::replace_lone_surrogates_in_bytes(body) {
        Cow::Borrowed(_) => body.clone(),
        Cow::Owned(body) => Bytes::from(body),
    };
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    let mut packets = engine::split(text);
    let message = packets.next().unwrap_or_default();
    let message = message
        .strip_prefix('4')
        .ok_or("the body does not begin with an Engine.IO message")?;
    let packet = Packet::parse(message).map_err(|error| error.to_string())?;
    let event = packet.event().map_err(|error| error.to_string())?;
    if event.name != head.event {
        return Err(format!("the payload is for event {:?}", event.name));
    }

    let mut arguments = ArgumentList::read_from(body.clone(), &event.arguments);
    for packet in packets {
        match engine::Packet::decode(packet) {
            Ok(engine::Packet::Binary(bytes)) => arguments.attachments.push(bytes.into()),
            Ok(_) => return Err("an attachment is not a binary packet".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
    }
    if arguments.attachments.len() != packet.attachments {
        return Err(format!(
            "{} attachments came where {} were announced",
            arguments.attachments.len(),
            packet.attachments
        ));
    }
    Ok(EventInput {
        name: head.event.to_owned(),
        arguments,
        ack_id: packet.ack_id.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sio_protocol::socket::{self, Kind};

    use super::*;

    fn headers(changes: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("ce-connectionid", "c1"),
            ("ce-hub", "hub"),
            ("ce-type", "azure.webpubsub.user.chat"),
            ("ce-eventname", "chat"),
            ("ce-namespace", "/"),
            ("ce-socketid", "s1"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        for (name, value) in changes {
            headers.insert(
                *name,
                http::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        headers
    }

    fn read(body: &str) -> Result<EventInput, String> {
        let headers = headers(&[]);
        let head = Head::read(&headers).unwrap();
        event(&head, &Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn half_of_a_character_is_the_replacement_character() {
        let input = read(r#"42["chat","cut \ud83d"]"#).unwrap();
        assert_eq!(
            input.arguments.decode::<(String,)>().unwrap().0,
            "cut \u{fffd}"
        );
    }

    #[test]
    fn required_headers_come_once_and_are_not_empty() {
        assert!(Head::read(&headers(&[])).is_ok());
        for name in ["ce-connectionid", "ce-hub", "ce-socketid", "ce-eventname"] {
            let error = Head::read(&headers(&[(name, "")])).unwrap_err();
            assert_eq!(error, HeadError::Missing(name));
            let mut twice = headers(&[]);
            twice.append(name, "x".parse().unwrap());
            assert_eq!(Head::read(&twice).unwrap_err(), HeadError::Twice(name));
        }
        assert!(matches!(
            Head::read(&headers(&[("ce-namespace", "ns")])),
            Err(HeadError::Illegal(..))
        ));
    }

    #[test]
    fn a_user_that_does_not_read_is_not_nobody() {
        let mut headers = headers(&[]);
        headers.insert(header::USER_ID, HeaderValue::from_bytes(b"Zo\xeb").unwrap());
        let error = Head::read(&headers).err();
        assert_eq!(error, Some(HeadError::Missing(header::USER_ID)));
        headers.insert(header::USER_ID, HeaderValue::from_static("ada"));
        headers.append(header::USER_ID, HeaderValue::from_static("root"));
        let error = Head::read(&headers).err();
        assert_eq!(error, Some(HeadError::Twice(header::USER_ID)));
        headers.insert(header::USER_ID, HeaderValue::from_static(""));
        assert_eq!(Head::read(&headers).map(|head| head.user), Ok(None));
    }

    #[test]
    fn users_and_events_may_have_names_outside_ascii() {
        let headers = headers(&[("ce-userid", "Zoë"), ("ce-eventname", "消息")]);
        let head = Head::read(&headers).unwrap();
        assert_eq!(head.user.as_ref().map(UserId::as_str), Some("Zoë"));
        assert_eq!(head.event, "消息");
    }

    #[test]
    fn arguments_are_found_in_the_body() {
        let input = read(r#"42/ns,13["chat", "hi" ,{"a":1}]"#).unwrap();
        let arguments: Vec<&[u8]> = input.arguments.iter().collect();
        assert_eq!(arguments, [&b"\"hi\""[..], br#"{"a":1}"#]);
        assert_eq!(input.ack_id.as_deref(), Some("13"));
    }

    #[test]
    fn attachments_follow_their_event() {
        let input = read("451-[\"chat\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQID").unwrap();
        assert_eq!(
            input.arguments.attachments,
            [Bytes::from_static(&[1, 2, 3])]
        );
        assert!(read("451-[\"chat\",{}]").is_err());
        assert!(read("42[\"chat\"]\u{1e}42[\"chat\"]").is_err());
    }

    #[test]
    fn what_is_no_event_is_an_error_with_a_reason() {
        for (body, reason) in [
            ("hello", "Engine.IO"),
            ("43[1]", "not an event"),
            ("42{}", "array"),
            (r#"42["Chat"]"#, "Chat"),
            ("49", "type"),
        ] {
            let error = read(body).unwrap_err();
            assert!(error.contains(reason), "{body}: {error}");
        }
    }

    proptest! {
        #[test]
        fn an_event_reads_back_as_written(
            texts in proptest::collection::vec(any::<String>(), 0..4),
            blobs in proptest::collection::vec(any::<Vec<u8>>(), 0..3),
            ack in proptest::option::of("0|[1-9][0-9]{0,19}"),
        ) {
            let list: Vec<String> = texts.iter().map(|text| serde_json::json!(text).to_string()).collect();
            let mut list = list.join(",");
            if !list.is_empty() {
                list.insert(0, ',');
            }
            let mut body = String::new();
            let kind = if blobs.is_empty() { Kind::Event } else { Kind::BinaryEvent };
            socket::write_header(&mut body, kind, blobs.len(), "/", ack.as_deref());
            body.push_str(&format!("[\"chat\"{list}]"));
            socket::write_attachments(&mut body, &blobs);
            // U+001E ends a packet, and JSON writes it escaped.
            let input = read(&body).unwrap();
            prop_assert_eq!(input.arguments.iter().len(), texts.len());
            for (json, text) in input.arguments.iter().zip(&texts) {
                prop_assert_eq!(&serde_json::from_slice::<String>(json).unwrap(), text);
            }
            prop_assert_eq!(input.ack_id, ack);
            prop_assert_eq!(input.arguments.attachments, blobs);
        }

        #[test]
        fn no_body_panics(body: Vec<u8>, text in "4?[0-9b]{0,3}[-/,a]{0,3}[\\[\\]\"{}a-z0-9,\u{1e}]{0,30}") {
            let headers = headers(&[]);
        let head = Head::read(&headers).unwrap();
            let _ = event(&head, &Bytes::from(body));
            let _ = read(&text);
        }
    }
}
