//! An event as it is posted to an event handler: its name and its body.

use bytes::Bytes;
use sio_protocol::cloud_events::SystemEvent;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// An event of a client or of the service itself.
#[derive(Debug, Clone)]
pub(crate) enum WebhookEvent {
    /// The service's own event, with its JSON body.
    System(SystemEvent, Bytes),
    /// A client's event, with its Engine.IO payload.
    User { name: String, body: Utf8Bytes },
}

impl WebhookEvent {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::System(event, _) => event.name(),
            Self::User { name, .. } => name,
        }
    }

    pub(crate) fn is_system(&self) -> bool {
        matches!(self, Self::System(..))
    }

    pub(super) fn body(&self) -> Bytes {
        match self {
            Self::System(_, body) => body.clone(),
            Self::User { body, .. } => body.clone().into(),
        }
    }
}
