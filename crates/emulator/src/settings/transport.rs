//! Heartbeat, sizes and time-outs.

use std::time::Duration;

use serde::Deserialize;

use super::duration;

/// Heartbeat, sizes and time-outs of the Engine.IO transport.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TransportSettings {
    /// Time from one answered ping to the next (D1: 25 s).
    #[serde(with = "duration")]
    pub ping_interval: Duration,
    /// Time that a client has to answer a ping (D1: 20 s).
    #[serde(with = "duration")]
    pub ping_timeout: Duration,
    /// Bytes of one WebSocket message and of one polling body (D1: 1,000,000).
    pub max_payload: usize,
    /// Time that the body of one polling POST may take (30 s).
    #[serde(with = "duration")]
    pub body_timeout: Duration,
    /// Time that a client has to move from polling to a WebSocket once the WebSocket is open (10 s).
    #[serde(with = "duration")]
    pub upgrade_timeout: Duration,
    /// How long a closed WebSocket may take to flush its last packets (2 s).
    #[serde(with = "duration")]
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
            close_timeout: Duration::from_secs(2),
            queue_packets: 1000,
            queue_bytes: 16 * 1024 * 1024,
        }
    }
}
