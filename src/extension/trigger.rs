//! From the envelope of an invocation to the input of a handler.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;
use sio_protocol::cloud_events::{ConnectBody, SystemEvent};
use sio_protocol::names::{ConnectionId, NameError, Namespace, SocketId, UserId};
use sio_protocol::socket::Packet;
use sio_protocol::surrogates;
use sio_protocol::trace_parent;

use crate::app::EventFunction;
use crate::app::manifest::TRIGGER;
use crate::arguments::ArgumentList;
use crate::handler::{Detail, EventInput, SocketInput};
use crate::json_error::without_values;

use super::document;
use super::members::Members;

/// What an invocation brings, and whether the service waits for what it returns.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) input: SocketInput,
    pub(super) waits: bool,
    /// The webhook's `traceparent`. The host calls the handler without one.
    pub(crate) trace_parent: Option<String>,
}

/// What is wrong with an invocation, and whether the service may wait for what it returns all the same.
#[derive(Debug)]
pub(crate) struct Unread {
    pub(super) problem: String,
    pub(super) waits: bool,
}

/// The objects of an envelope that say something about an event.
const OPENED: [&str; 5] = [
    "Data",
    "Metadata",
    "ConnectionContext",
    "Headers",
    "Request",
];

/// What an invocation's envelope says about an event.
struct Envelope<'a> {
    /// The trigger's value, as JSON: the event's document in a string in a string.
    value: &'a str,
    /// The same document as an object, where the host adds it.
    request: Members<'a>,
    /// What the host adds to it.
    metadata: Members<'a>,
    /// What the extension knows of the connection.
    context: Members<'a>,
    /// The headers of the webhook, where the extension passes them on.
    headers: Members<'a>,
    /// The same two where they come as text: a host may write what it adds as it writes a trigger's value.
    told: Option<Value>,
}

impl<'a> Envelope<'a> {
    /// Whether this is an envelope with an event, and where the parts of it are.
    fn of(body: &'a str) -> Option<Self> {
        let mut envelope = Members::opened(body, &OPENED).ok()?;
        let value = envelope.object("Data")?.get(TRIGGER)?;
        let mut metadata = envelope.object("Metadata").unwrap_or_default();
        let mut context = metadata.object("ConnectionContext").unwrap_or_default();
        let headers = context.object("Headers").unwrap_or_default();
        let told = metadata.text("ConnectionContext");
        Some(Self {
            value,
            request: metadata.object("Request").unwrap_or_default(),
            metadata,
            context,
            headers,
            told: told.and_then(|text| serde_json::from_str(&text).ok()),
        })
    }

    /// What the extension knows of the connection.
    fn of_context(&self, name: &str) -> Option<Cow<'a, str>> {
        let told = || {
            let text = member(self.told.as_ref()?, name)?.as_str()?;
            (!text.is_empty()).then(|| Cow::Owned(text.to_owned()))
        };
        self.context.text(name).or_else(told)
    }

    /// The first value of a header of the webhook.
    fn header(&self, name: &str) -> Option<String> {
        let told = || {
            let header = member(member(self.told.as_ref()?, "Headers")?, name)?;
            let text = header.as_str().or_else(|| header.get(0)?.as_str())?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        first(&self.headers, name).or_else(told)
    }

    /// What is known of the socket, from wherever the version of the extension puts it.
    fn about_socket<'e>(&'e self, event: &Members<'e>, name: &str) -> Option<Cow<'e, str>> {
        let aside = || self.of_context(name);
        let nested = || self.metadata.nested_text(name).map(Cow::Owned);
        let header = || self.header(&format!("ce-{name}")).map(Cow::Owned);
        let found = event.text(name).or_else(aside);
        found.or_else(nested).or_else(header)
    }

    /// The user, from wherever the version of the extension puts it.
    fn user(&self, detail: &Detail) -> Option<UserId> {
        let claimed = || match detail {
            Detail::Connect(body) => body.claims.get("sub")?.first().cloned(),
            _ => None,
        };
        let user = self.of_context("userId").map(Cow::into_owned);
        user.or_else(|| self.metadata.nested_text("userId"))
            .or_else(|| self.header("ce-userId"))
            .or_else(claimed)
            .and_then(|user| UserId::new(user).ok())
    }
}

/// Reads an invocation of a trigger. `None` for a body without an event.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(body: &[u8], trigger: &EventFunction) -> Option<Result<Opened, Unread>> {
    let envelope = Envelope::of(std::str::from_utf8(body).ok()?)?;
    Some(open(&envelope, trigger))
}

fn open(envelope: &Envelope<'_>, trigger: &EventFunction) -> Result<Opened, Unread> {
    let failed = |waits: bool| {
        move |problem: String| Unread {
            problem: format!("Data.{TRIGGER}: {problem}"),
            waits,
        }
    };
    let system = SystemEvent::from_name(&trigger.event).filter(|_| trigger.system);
    // A client whose event cannot be read may be waiting, except after system events that need no answer.
    let unread = failed(matches!(system, None | Some(SystemEvent::Connect)));
    // Reading the document out of a string in a string costs more than everything else. An event of a client needs it
    // only where the host has not added it as an object.
    let is_added = system.is_none() && envelope.request.get("payload").is_some();
    let document = (!is_added).then(|| document::inside(envelope.value));
    let document = document.transpose();
    let document = document.map_err(|problem| unread(problem.to_owned()))?;
    let inside = document.as_deref().map(Members::read).transpose();
    let inside = inside.map_err(|error| unread(without_values(&error)))?;
    let event = inside.as_ref().unwrap_or(&envelope.request);

    let (detail, waits) = match system {
        Some(SystemEvent::Connect) => {
            let body: ConnectBody = serde_json::from_str(document.as_deref().unwrap_or_default())
                .map_err(|error| unread(without_values(&error)))?;
            (Detail::Connect(Box::new(body)), true)
        }
        Some(SystemEvent::Connected) => (Detail::Connected, false),
        Some(SystemEvent::Disconnected) => {
            let reason = event.text("reason").unwrap_or_default();
            (Detail::Disconnected(reason.into_owned()), false)
        }
        None => {
            let (arguments, ack_id, waits) = user_event(event).map_err(unread)?;
            let name = event.text("eventName");
            let input = EventInput {
                name: name.map_or_else(|| trigger.event.clone(), Cow::into_owned),
                arguments,
                ack_id,
            };
            (Detail::Event(input), waits)
        }
    };
    let failed = failed(waits);
    let required = |name: &str| {
        let found = envelope.about_socket(event, name);
        found.ok_or_else(|| failed(format!("{name} is missing")))
    };
    let namespace = envelope.about_socket(event, "namespace");
    let namespace = namespace.unwrap_or(Cow::Borrowed(&trigger.namespace));
    let socket_id = required("socketId")?;
    let connection_id = required("connectionId")?;
    let wrong = |error: NameError| failed(error.to_string());
    let input = SocketInput {
        hub: trigger.hub.clone(),
        namespace: Namespace::new(namespace).map_err(wrong)?,
        socket_id: SocketId::new(socket_id).map_err(wrong)?,
        connection_id: ConnectionId::new(connection_id).map_err(wrong)?,
        user: envelope.user(&detail),
        event_id: envelope.header("ce-id"),
        detail,
    };
    Ok(Opened {
        input,
        waits,
        trace_parent: envelope.header(trace_parent::HEADER),
    })
}

/// A member of an object, by its name in any case.
fn member<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    let mut members = object.as_object()?.iter();
    members
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The first value of a header of the webhook, where the extension passes them on.
fn first(headers: &Members<'_>, name: &str) -> Option<String> {
    let list = headers.get(name)?;
    let first = serde_json::from_str::<Vec<String>>(list)
        .ok()?
        .into_iter()
        .next()?;
    Some(first).filter(|value| !value.is_empty())
}

/// The arguments of an event, the id to acknowledge, and whether its sender waits.
///
/// They come from the untouched payload, which also says what is waited for. The list beside it has dates written
/// anew; it is only used where the extension, which is lenient, has understood a payload that we do not.
fn user_event(event: &Members<'_>) -> Result<(ArgumentList, Option<String>, bool), String> {
    let payload = event.text("payload").map(|text| {
        let replaced = match surrogates::replace_lone_surrogates(&text) {
            Cow::Owned(replaced) => Some(replaced),
            Cow::Borrowed(_) => None,
        };
        Bytes::from(replaced.unwrap_or_else(|| text.into_owned()))
    });
    if let Some((arguments, ack_id)) = payload.as_ref().and_then(from_payload) {
        let waits = ack_id.is_some();
        return Ok((arguments, ack_id, waits));
    }
    let Some(list) = event.get("parameters") else {
        return Ok((ArgumentList::default(), None, true));
    };
    let list = Bytes::copy_from_slice(list.as_bytes());
    let arguments: Vec<&RawValue> = serde_json::from_slice(&list)
        .map_err(|error| format!("parameters is not a list: {}", without_values(&error)))?;
    Ok((
        ArgumentList::read_from(list.clone(), &arguments),
        None,
        true,
    ))
}

fn from_payload(payload: &Bytes) -> Option<(ArgumentList, Option<String>)> {
    let text = std::str::from_utf8(payload).ok()?;
    let packet = Packet::parse(text.strip_prefix('4')?).ok()?;
    let event = packet.event().ok().filter(|_| packet.attachments == 0)?;
    let arguments = ArgumentList::read_from(payload.clone(), &event.arguments);
    Some((arguments, packet.ack_id.map(str::to_owned)))
}
