//! What is counted of an event.

use std::time::Duration;

/// How an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventEnd<'a> {
    /// Its name as it was registered; a client chooses other names.
    pub(crate) event: &'a str,
    /// `ok`, `refused`, `unhandled` or `failed`.
    pub(crate) outcome: &'static str,
    /// Whether the client waits for an acknowledgement and gets none.
    pub(crate) unacked: bool,
    /// From the request's arrival to its response.
    pub(crate) took: Duration,
}
