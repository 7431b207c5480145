//! Every duration, limit and undetermined choice of the emulator, in one place.
//!
//! The letters D1 to D20 are the default decisions of the service contract, "Default decisions for the undetermined
//! points". Tests shorten the durations; everything else is meant to be left alone.

use std::time::Duration;

/// Heartbeat, sizes and time-outs of the Engine.IO transport.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TransportSettings {
    /// Time from one answered ping to the next (D1: 25 s).
    pub ping_interval: Duration,
    /// Time that a client has to answer a ping (D1: 20 s).
    pub ping_timeout: Duration,
    /// Bytes of one WebSocket message and of one polling body (D1: 1,000,000).
    pub max_payload: usize,
    /// Time that the body of one polling POST may take (30 s).
    pub body_timeout: Duration,
    /// Time that a client has to move from polling to a WebSocket once the WebSocket is open (10 s).
    pub upgrade_timeout: Duration,
    /// How long a closed session waits for the poll that takes its last packet away (30 s).
    pub close_linger: Duration,
    /// How long a closed WebSocket may take to flush its last packets (2 s).
    pub close_timeout: Duration,
    /// Packets that may wait for a client before it counts as too slow and is closed (1,000).
    pub queue_packets: usize,
    /// Bytes that may wait for a client before it counts as too slow and is closed (16 MiB).
    pub queue_bytes: usize,
}

impl Default for TransportSettings {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_payload: 1_000_000,
            body_timeout: Duration::from_secs(30),
            upgrade_timeout: Duration::from_secs(10),
            close_linger: Duration::from_secs(30),
            close_timeout: Duration::from_secs(2),
            queue_packets: 1000,
            queue_bytes: 16 * 1024 * 1024,
        }
    }
}

/// How webhooks are validated, tried again and given up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WebhookSettings {
    /// Time for one event, tries and pauses together (D17: 100 s).
    pub timeout: Duration,
    /// Pauses before the second, third, … try; no pauses, no second try (1, 3 and 5 s).
    pub retries: Vec<Duration>,
    /// An unanswered webhook is reported after this time (5 s).
    pub slow_warning: Duration,
    /// Bytes of an answer (16 MiB).
    pub answer_limit: usize,
    /// Time for one validation request (10 s).
    pub validation_timeout: Duration,
    /// How long a validation that passed holds (60 s).
    pub validation_lifetime: Duration,
    /// Pause after a first validation that failed; it doubles with each further one (1 s).
    pub validation_pause: Duration,
    /// The longest such pause (60 s).
    pub validation_longest_pause: Duration,
    /// Where `tunnel:///path` leads, since there is no tunnel here (`http://127.0.0.1:7071`).
    pub tunnel_upstream: String,
    /// What happens when a client's event is not answered with success (D6, D7: nothing).
    pub on_event_failure: OnEventFailure,
    /// Whether the `connect` body has a member `auth` with what the client sent along (D5: no).
    pub expose_auth: bool,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(100),
            retries: [1, 3, 5].map(Duration::from_secs).to_vec(),
            slow_warning: Duration::from_secs(5),
            answer_limit: 16 * 1024 * 1024,
            validation_timeout: Duration::from_secs(10),
            validation_lifetime: Duration::from_secs(60),
            validation_pause: Duration::from_secs(1),
            validation_longest_pause: Duration::from_secs(60),
            tunnel_upstream: "http://127.0.0.1:7071".to_owned(),
            on_event_failure: OnEventFailure::Ignore,
            expose_auth: false,
        }
    }
}

/// What happens to a connection whose event the function app did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnEventFailure {
    /// It is logged and the connection stays.
    #[default]
    Ignore,
    /// The connection is closed.
    Close,
}

/// All settings of an emulator.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The Engine.IO transport.
    pub transport: TransportSettings,
    /// The webhooks.
    pub webhook: WebhookSettings,
    /// A client that has joined no namespace by then is closed (45 s).
    pub connect_timeout: Duration,
    /// Events of one connection that wait for their turn; beyond it, nothing more is read from the client (1,000).
    pub waiting_events: usize,
    /// Attachments of one packet; more are a protocol violation (10).
    pub max_attachments: usize,
    /// Bytes of a REST body (1 MiB).
    pub rest_body_limit: usize,
    /// Time that a REST body may take (30 s).
    pub rest_body_timeout: Duration,
    /// Bytes of one packet to a client; longer ones are dropped (1 MiB).
    pub message_limit: usize,
    /// Time that clients and open requests have to end when the emulator stops (2 s).
    pub stop_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            transport: TransportSettings::default(),
            webhook: WebhookSettings::default(),
            connect_timeout: Duration::from_secs(45),
            waiting_events: 1000,
            max_attachments: 10,
            rest_body_limit: 1024 * 1024,
            rest_body_timeout: Duration::from_secs(30),
            message_limit: 1024 * 1024,
            stop_grace: Duration::from_secs(2),
        }
    }
}
