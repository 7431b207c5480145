//! The settings of an emulator: durations, limits, and choices where the published documents leave a point open.
//!
//! In a [configuration file](crate::Config) the fields have the same names; a duration is a text such as `"45s"`,
//! `"300ms"` or `"2m"`. A point that an app cannot observe is a constant beside its use instead.
//!
//! The letters are those of docs/contracts/service.md, "Decisions on open points":
//!
//! | | point | setting | default |
//! |---|---|---|---|
//! | D1 | heartbeat and sizes | [`TransportSettings::ping_interval`], `ping_timeout`, `max_payload` | 25 s, 20 s, 1,000,000 |
//! | D5 | what a client sends along with its connect packet | [`WebhookSettings::expose_auth`] | dropped |
//! | D6 | an event that is not answered with success | [`WebhookSettings::on_event_failure`] | ignored |
//! | D7 | an event that no handler takes | [`WebhookSettings::on_unmatched_event`] | ignored |
//! | D8 | a client whose connect event no handler takes | [`WebhookSettings::without_connect_handler`] | let in |
//! | D9 | bodies of 401 and 404 | [`Settings::refusal_bodies`] | empty |
//! | D10 | when a client's token is checked | [`Settings::token_check`] | opening and upgrade |
//! | D11 | CORS on the client path | [`Settings::cors`] | the origin is reflected |
//! | D12 | body of the answer to connect | [`WebhookSettings::connect_answer`] | ignored |
//! | D13 | names of the claims in the connect body | [`WebhookSettings::claim_names`] | the token's own |
//! | D14 | what `ce-id` counts | [`WebhookSettings::event_ids`] | events of a connection |
//! | D15 | `ce-type` of a client's event | [`WebhookSettings::user_event_type`] | the event's name |
//! | D16 | event names beyond ASCII | [`WebhookSettings::non_ascii_event_names`] | sent as UTF-8 |
//! | D17 | time for one event, tries included | [`WebhookSettings::timeout`] | 100 s |
//! | D18 | events with attachments | [`WebhookSettings::binary_events`] | Engine.IO payload |
//! | D19 | acknowledgements that were not requested | [`Settings::client_acks`] | dropped |

mod choices;
mod duration;
mod transport;
mod webhook;

pub use choices::{
    BinaryEvents, ClaimNames, ClientAcks, ConnectAnswer, Cors, EventIds, InspectorAccess,
    NonAsciiEventNames, OnEventFailure, RefusalBodies, RestAuth, TokenCheck, UserEventType,
    WithoutConnectHandler,
};
pub use transport::TransportSettings;
pub use webhook::WebhookSettings;

use std::time::Duration;

use serde::Deserialize;

/// All settings of an emulator.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// The Engine.IO transport.
    pub transport: TransportSettings,
    /// The webhooks.
    pub webhook: WebhookSettings,
    /// A client that has joined no namespace by then is closed (45 s).
    #[serde(with = "duration")]
    pub connect_timeout: Duration,
    /// Bytes of one connection's events that wait for their turn; beyond it, nothing more is read from the client (4 MiB).
    pub waiting_bytes: usize,
    /// Whether refusals with 401 and 404 say why (D9: empty).
    pub refusal_bodies: RefusalBodies,
    /// When a client's token is checked (D10: when a session opens and when it moves to a WebSocket).
    pub token_check: TokenCheck,
    /// What browsers of other origins may do on the client path (D11: everything).
    pub cors: Cors,
    /// Acknowledgements of clients that were not requested (D19: dropped).
    pub client_acks: ClientAcks,
    /// Who may call REST (`strict`: callers with a token signed with an access key for the URL).
    pub rest_auth: RestAuth,
    /// Whether REST also takes tokens in the form that Microsoft Entra gives them, without checking the signature (no).
    pub entra_tokens: bool,
    /// REST calls of one second; further ones are answered with 429 (no limit).
    pub rest_calls_per_second: Option<u32>,
    /// Bytes of a REST body (1 MiB).
    pub rest_body_limit: usize,
    /// How long `:invoke` waits for the clients' acknowledgements (10 s).
    #[serde(with = "duration")]
    pub invoke_timeout: Duration,
    /// Bytes of one packet to a client; longer ones are dropped (1 MiB).
    pub message_limit: usize,
    /// Whether there is an inspector page at `/` and a control API under `/_emulator/` (yes).
    pub inspector: bool,
    /// Who may use them (`key`: this machine, and others with an access key).
    pub inspector_access: InspectorAccess,
    /// Steps of traces that the inspector remembers (20,000, and never more than 64 MiB); the oldest traces are forgotten
    /// first.
    pub inspector_steps: usize,
    /// Bytes of a body that the inspector remembers (4 KiB).
    pub inspector_body: usize,
    /// Time that clients and open requests have to end when the emulator stops (2 s).
    #[serde(with = "duration")]
    pub stop_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            transport: TransportSettings::default(),
            webhook: WebhookSettings::default(),
            connect_timeout: Duration::from_secs(45),
            waiting_bytes: 4 * 1024 * 1024,
            refusal_bodies: RefusalBodies::default(),
            token_check: TokenCheck::default(),
            cors: Cors::default(),
            client_acks: ClientAcks::default(),
            rest_auth: RestAuth::default(),
            entra_tokens: false,
            rest_calls_per_second: None,
            rest_body_limit: 1024 * 1024,
            invoke_timeout: Duration::from_secs(10),
            message_limit: 1024 * 1024,
            inspector: true,
            inspector_access: InspectorAccess::default(),
            inspector_steps: 20_000,
            inspector_body: 4 * 1024,
            stop_grace: Duration::from_secs(2),
        }
    }
}

/// A setting that is 0 and must not be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("settings.{setting} must be greater than 0")]
pub struct SettingError {
    /// Its path below `settings`, as in TOML.
    pub(crate) setting: &'static str,
}

impl Settings {
    /// Checks what types do not.
    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let transport = &self.transport;
        let positive = [
            (
                "transport.ping_interval",
                !transport.ping_interval.is_zero(),
            ),
            ("transport.ping_timeout", !transport.ping_timeout.is_zero()),
            ("transport.max_payload", transport.max_payload > 0),
            ("transport.queue_packets", transport.queue_packets > 0),
            ("waiting_bytes", self.waiting_bytes > 0),
            ("inspector_steps", self.inspector_steps > 0),
        ];
        match positive.iter().find(|(_, is_positive)| !is_positive) {
            Some((setting, _)) => Err(SettingError { setting }),
            None => Ok(()),
        }
    }
}
