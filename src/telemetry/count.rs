//! What is counted in production: events by name and outcome, sends, and refusals at the webhook.
//!
//! With the feature `otel` and an address to export to, these are metrics of OpenTelemetry. Otherwise they cost nothing.

pub(crate) use super::event_end::EventEnd;

/// An event has its response. How it ended is only looked at, which reads the clock, if it is exported.
pub(crate) fn event<'a>(end: impl FnOnce() -> EventEnd<'a>) {
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
