//! Metrics of OpenTelemetry, exported by OTLP over HTTP.

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, MeterProvider as _};
use opentelemetry_otlp::{MetricExporter, Protocol, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

use super::event_end::EventEnd;

/// How often what was counted is sent. The platform ends processes without asking.
const INTERVAL: Duration = Duration::from_secs(10);

/// The instruments of this process, if metrics are exported.
static INSTRUMENTS: OnceLock<Instruments> = OnceLock::new();

#[derive(Debug)]
struct Instruments {
    events: Counter<u64>,
    duration: Histogram<f64>,
    unacked: Counter<u64>,
    retried: Counter<u64>,
    failed: Counter<u64>,
    refused: Counter<u64>,
}

/// Exports what is counted from now on, until it is dropped.
#[derive(Debug)]
pub(super) struct Metrics(SdkMeterProvider);

impl Drop for Metrics {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!("the last metrics were not exported: {error}");
        }
    }
}

impl Metrics {
    /// Exports to an OTLP endpoint.
    ///
    /// # Errors
    /// The exporter cannot be built, such as for an invalid address.
    pub(super) fn to(endpoint: &str, resource: Resource) -> Result<Self, String> {
        let (provider, instruments) = Instruments::exported(endpoint, resource)?;
        // A second app of one process, as in tests, counts with the first.
        let _ = INSTRUMENTS.set(instruments);
        Ok(Self(provider))
    }
}

impl Instruments {
    fn exported(endpoint: &str, resource: Resource) -> Result<(SdkMeterProvider, Self), String> {
        let exporter = MetricExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/metrics", endpoint.trim_end_matches('/')))
            .build()
            .map_err(|error| error.to_string())?;
        let reader = PeriodicReader::builder(exporter)
            .with_interval(INTERVAL)
            .build();
        let provider = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_reader(reader)
            .build();
        let meter = provider.meter("socketio-functions");
        let counter = |name: &'static str, text: &'static str| {
            meter.u64_counter(name).with_description(text).build()
        };
        let instruments = Instruments {
            events: counter("socketio.events", "events by name and outcome"),
            duration: meter
                .f64_histogram("socketio.event.duration")
                .with_unit("s")
                .with_description("from a webhook's arrival to its response")
                .build(),
            unacked: counter(
                "socketio.events.unacked",
                "events whose acknowledgement was not sent",
            ),
            retried: counter(
                "socketio.sends.retried",
                "calls to the service that were made again",
            ),
            failed: counter("socketio.sends.failed", "calls to the service that failed"),
            refused: counter(
                "socketio.webhook.refused",
                "requests to the webhook that were refused",
            ),
        };
        Ok((provider, instruments))
    }

    fn event(&self, end: EventEnd<'_>) {
        let event = KeyValue::new("event", end.event.to_owned());
        let outcome = KeyValue::new("outcome", end.outcome);
        let seconds = end.took.as_secs_f64();
        let attributes = [event, outcome];
        self.duration.record(seconds, &attributes);
        if end.unacked {
            self.unacked.add(1, &attributes[..1]);
        }
        self.events.add(1, &attributes);
    }
}

pub(super) fn event<'a>(end: impl FnOnce() -> EventEnd<'a>) {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.event(end());
    }
}

pub(super) fn retried() {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.retried.add(1, &[]);
    }
}

pub(super) fn failed() {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.failed.add(1, &[]);
    }
}

pub(super) fn refused() {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.refused.add(1, &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::collector::Collector;
    use super::*;

    #[test]
    fn events_are_exported_by_name_and_outcome() {
        let collector = Collector::until("socketio.events.unacked");
        let resource = Resource::builder().build();
        let (provider, instruments) = Instruments::exported(&collector.endpoint, resource).unwrap();
        instruments.event(EventEnd {
            event: "message",
            outcome: "failed",
            unacked: true,
            took: Duration::from_millis(5),
        });
        provider.shutdown().unwrap();
        let request = collector.request();
        let text = String::from_utf8_lossy(&request);
        assert!(text.starts_with("POST /v1/metrics "), "{text}");
        for part in ["socketio.event.duration", "message", "failed"] {
            assert!(text.contains(part), "{part}");
        }
    }
}
