//! Parts of an event besides its typed arguments: name, id, arguments as they came.

use std::fmt;

use serde::de::DeserializeOwned;
use sio_protocol::names::EventName;

use crate::arguments::Bytes;
use crate::handler::{
    Context, Detail, EventInput, EventKind, Extract, Rejection, SocketInput, SocketKind,
};

/// Identifies an event, and stays the same when the service sends the event again: the connection's id and the number of
/// the event on it.
///
/// It is the idempotency key: handlers that must not act twice keep the ids that they have seen. Microsoft's extension
/// does not pass the id, so `Option<EventId>` is `None` in extension mode.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(String);

impl EventId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn event_id(input: &SocketInput) -> Option<EventId> {
    let number = input.event_id.as_deref()?;
    Some(EventId(format!("{}/{number}", input.connection_id)))
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for EventId {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        event_id(&context.input).ok_or(Rejection::missing(
            "event id: Microsoft's extension does not pass one, so take `Option<EventId>` there",
        ))
    }
}

#[diagnostic::do_not_recommend]
impl<K: SocketKind> Extract<K> for Option<EventId> {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(event_id(&context.input))
    }
}

/// The name that the client gave the event, for handlers of all events.
#[diagnostic::do_not_recommend]
impl<K: EventKind> Extract<K> for EventName {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let name = event(&context.input).map(|event| event.name.as_str());
        EventName::new(name.unwrap_or_default()).map_err(Rejection::new)
    }
}

/// The arguments of an event as they came, for handlers that pass them on or do not know their types.
///
/// ```
/// # use socketio_functions::prelude::*;
/// use socketio_functions::extract::{EventName, RawArgs};
///
/// async fn log(event: EventName, args: RawArgs) {
///     println!("{event}: {}", args.iter().collect::<Vec<_>>().join(", "));
/// }
/// # let _ = Hub::new("hub").on_any(log);
/// ```
#[derive(Debug, Clone)]
pub struct RawArgs(EventInput);

impl RawArgs {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.arguments.len()
    }

    /// Whether the list is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The JSON of each.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        // They are slices of a text, cut where JSON values begin and end.
        let text = |json| std::str::from_utf8(json).unwrap_or_default();
        self.0.arguments.iter().map(text)
    }

    /// The bytes that placeholders among them stand for.
    #[must_use]
    pub fn attachments(&self) -> Vec<Bytes> {
        let attachments = self.0.arguments.attachments.iter();
        attachments.cloned().map(Bytes::from).collect()
    }

    /// Reads them as [`Data`](super::Data) does.
    ///
    /// # Errors
    /// The first that does not fit, with its position.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        decode(&self.0)
    }
}

#[diagnostic::do_not_recommend]
impl<K: EventKind> Extract<K> for RawArgs {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(Self(event(&context.input).cloned().unwrap_or_default()))
    }
}

/// The event of an invocation.
pub(super) fn event(input: &SocketInput) -> Option<&EventInput> {
    match &input.detail {
        Detail::Event(event) => Some(event),
        _ => None,
    }
}

/// Reads the arguments of an event.
pub(super) fn decode<T: DeserializeOwned>(event: &EventInput) -> Result<T, Rejection> {
    let read = event.arguments.decode();
    read.map_err(|error| Rejection::new(error.about(&event.name)))
}
