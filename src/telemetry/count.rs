//! What is counted in production: events by name and outcome, sends, and refusals at the webhook.
//!
//! With the feature `otel` and an address to export to, these are metrics of OpenTelemetry. Otherwise they cost nothing.

use std::time::Duration;

/// How an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventEnd<'a> {
    /// Its name as it was registered; a client chooses other names.
    pub(crate) event: &'a str,
    /// `ok`, `refused` or `failed`.
    pub(crate) outcome: &'static str,
    /// Whether the client waits for an acknowledgement and gets none.
    pub(crate) unacked: bool,
    /// From the request's arrival to its response.
    pub(crate) took: Duration,
}

/// An event has its response.
pub(crate) fn event(end: EventEnd<'_>) {
    #[cfg(feature = "otel")]
    super::metrics::event(end);
    #[cfg(not(feature = "otel"))]
    let _ = end;
}

/// A call to the service is made again.
pub(crate) fn retried() {
    #[cfg(feature = "otel")]
    super::metrics::retried();
}

/// A call to the service failed for good.
pub(crate) fn failed() {
    #[cfg(feature = "otel")]
    super::metrics::failed();
}

/// A request to the webhook was refused.
pub(crate) fn refused() {
    #[cfg(feature = "otel")]
    super::metrics::refused();
}
