//! How the function app is told.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::choices::{
    BinaryEvents, ClaimNames, ConnectAnswer, EventIds, NonAsciiEventNames, OnEventFailure,
    UserEventType, WithoutConnectHandler,
};
use super::duration;

/// How webhooks are validated, tried again and given up, and what is in them.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WebhookSettings {
    /// Time for one event, tries and pauses together (D17: 100 s).
    #[serde(with = "duration")]
    pub timeout: Duration,
    /// Pauses before the second, third, … try; no pauses, no second try (1, 3 and 5 s).
    #[serde(with = "duration::list")]
    pub retries: Vec<Duration>,
    /// How long a validation that passed holds (60 s).
    #[serde(with = "duration")]
    pub validation_lifetime: Duration,
    /// Pause after a first validation that failed; it doubles with each further one (1 s).
    #[serde(with = "duration")]
    pub validation_pause: Duration,
    /// Where `tunnel:///path` leads, since there is no tunnel here (`http://127.0.0.1:7071`).
    pub tunnel_upstream: String,
    /// Whether requests say whose they are, in `WebHook-Request-Origin` (yes). Some plans of Azure Functions take it away.
    pub send_origin: bool,
    /// The bearer token of validations and events of handlers with a managed identity. A placeholder in the form that
    /// Microsoft Entra gives tokens, signed with the access key, by default; empty sends none.
    pub bearer: Option<String>,
    /// Whether the `connect` body has a member `auth` with what the client sent along (D5: no).
    pub expose_auth: bool,
    /// What happens when a client's event is not answered with success (D6: nothing).
    pub on_event_failure: OnEventFailure,
    /// What happens when no handler takes a client's event (D7: nothing).
    pub on_unmatched_event: OnEventFailure,
    /// What happens to a client when no handler takes `connect` (D8: it is let in).
    pub without_connect_handler: WithoutConnectHandler,
    /// What the body of an answer to `connect` does (D12: nothing).
    pub connect_answer: ConnectAnswer,
    /// Under which names claims are told (D13: the token's own).
    pub claim_names: ClaimNames,
    /// What `ce-id` counts (D14: the events of a connection).
    pub event_ids: EventIds,
    /// The `ce-type` of a client's event (D15: by its name).
    pub user_event_type: UserEventType,
    /// What happens to event names beyond ASCII (D16: sent as UTF-8).
    pub non_ascii_event_names: NonAsciiEventNames,
    /// What happens to events with attachments (D18: sent as an Engine.IO payload).
    pub binary_events: BinaryEvents,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(100),
            retries: [1, 3, 5].map(Duration::from_secs).to_vec(),
            validation_lifetime: Duration::from_secs(60),
            validation_pause: Duration::from_secs(1),
            tunnel_upstream: "http://127.0.0.1:7071".to_owned(),
            send_origin: true,
            bearer: None,
            expose_auth: false,
            on_event_failure: OnEventFailure::default(),
            on_unmatched_event: OnEventFailure::default(),
            without_connect_handler: WithoutConnectHandler::default(),
            connect_answer: ConnectAnswer::default(),
            claim_names: ClaimNames::default(),
            event_ids: EventIds::default(),
            user_event_type: UserEventType::default(),
            non_ascii_event_names: NonAsciiEventNames::default(),
            binary_events: BinaryEvents::default(),
        }
    }
}

impl fmt::Debug for WebhookSettings {
    /// Without the bearer token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All of them by name, so that a new field does not compile until it is here.
        let Self {
            timeout,
            retries,
            validation_lifetime,
            validation_pause,
            tunnel_upstream,
            send_origin,
            bearer,
            expose_auth,
            on_event_failure,
            on_unmatched_event,
            without_connect_handler,
            connect_answer,
            claim_names,
            event_ids,
            user_event_type,
            non_ascii_event_names,
            binary_events,
        } = self;
        f.debug_struct("WebhookSettings")
            .field("timeout", timeout)
            .field("retries", retries)
            .field("validation_lifetime", validation_lifetime)
            .field("validation_pause", validation_pause)
            .field("tunnel_upstream", tunnel_upstream)
            .field("send_origin", send_origin)
            .field("bearer", &bearer.as_ref().map(|_| Hidden))
            .field("expose_auth", expose_auth)
            .field("on_event_failure", on_event_failure)
            .field("on_unmatched_event", on_unmatched_event)
            .field("without_connect_handler", without_connect_handler)
            .field("connect_answer", connect_answer)
            .field("claim_names", claim_names)
            .field("event_ids", event_ids)
            .field("user_event_type", user_event_type)
            .field("non_ascii_event_names", non_ascii_event_names)
            .field("binary_events", binary_events)
            .finish()
    }
}

/// Stands for a secret in debug text.
struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
