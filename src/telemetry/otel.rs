//! Invocations as spans of OpenTelemetry, exported by OTLP over HTTP; metrics are exported beside them.
//!
//! The host can kill the process at any time, so a batch waits at most one second. The exporter has a thread of its own.

use std::time::Duration;

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Tracer};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::registry::LookupSpan;

use sio_protocol::trace_parent::TraceParent;

use super::metrics::Metrics;
use crate::settings::Settings;

/// How long a span waits at most before it is sent.
const DELAY: Duration = Duration::from_secs(1);

/// The exporter. It sends what is left when it is dropped.
#[derive(Debug)]
pub(super) struct Exporter {
    spans: SdkTracerProvider,
    _metrics: Metrics,
}

impl Drop for Exporter {
    fn drop(&mut self) {
        if let Err(error) = self.spans.shutdown() {
            tracing::warn!("the last spans were not exported: {error}");
        }
    }
}

impl Exporter {
    /// The exporter, if the settings say where to.
    ///
    /// # Errors
    /// It cannot be built, for example because the address is invalid.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>, String> {
        let Some(endpoint) = settings.get(Settings::OTLP_ENDPOINT) else {
            return Ok(None);
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()
            .map_err(|error| error.to_string())?;
        let batches = BatchConfigBuilder::default().with_scheduled_delay(DELAY);
        let processor = BatchSpanProcessor::builder(exporter)
            .with_batch_config(batches.build())
            .build();
        let mut resource = Resource::builder();
        let name = settings
            .get(Settings::SERVICE_NAME)
            .or(settings.get(Settings::SITE_NAME));
        if let Some(name) = name {
            resource = resource.with_attribute(KeyValue::new("service.name", name.to_owned()));
        }
        let resource = resource.build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_span_processor(processor);
        Ok(Some(Self {
            spans: provider.build(),
            _metrics: Metrics::to(endpoint, resource)?,
        }))
    }

    /// The layer that turns spans of `tracing` into exported ones.
    pub(super) fn layer<S>(&self) -> OpenTelemetryLayer<S, Tracer>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer().with_tracer(self.spans.tracer("socketio-functions"))
    }
}

/// Makes an invocation a part of its caller's trace.
pub(super) fn continue_trace(span: &Span, parent: &TraceParent<'_>) {
    let ids = (
        TraceId::from_hex(parent.trace),
        SpanId::from_hex(parent.span),
    );
    let (Ok(trace), Ok(caller)) = ids else { return };
    let flags = TraceFlags::default().with_sampled(parent.sampled);
    let remote = SpanContext::new(trace, caller, flags, true, TraceState::default());
    // Without the layer there is nothing to continue.
    let _ = span.set_parent(Context::new().with_remote_span_context(remote));
}

/// The id that the exporter knows a span by, and whether the span is sampled. `None` without an exporter.
pub(super) fn exported(span: &Span) -> Option<(u64, bool)> {
    let context = span.context();
    let known = context.span().span_context().clone();
    let id = u64::from_be_bytes(known.span_id().to_bytes());
    known.is_valid().then(|| (id, known.is_sampled()))
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use http::HeaderMap;

    use super::super::collector::Collector;
    use super::*;

    #[test]
    fn an_invocation_is_exported_as_a_part_of_its_callers_trace() {
        let collector = Collector::until("say-hello");
        let settings = Settings::new()
            .with(Settings::OTLP_ENDPOINT, collector.endpoint.clone())
            .with(Settings::SERVICE_NAME, "chat");
        let exporter = Exporter::of(&settings).unwrap().unwrap();
        let subscriber = tracing_subscriber::registry().with(exporter.layer());
        tracing::subscriber::with_default(subscriber, || {
            let mut headers = HeaderMap::new();
            let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            headers.insert("traceparent", parent.parse().unwrap());
            drop(super::super::Record::new("say-hello", "id-1", &headers));
        });
        drop(exporter);
        let request = collector.request();
        let text = String::from_utf8_lossy(&request);
        assert!(text.starts_with("POST /v1/traces "), "{text}");
        assert!(
            text.contains("chat") && text.contains("say-hello"),
            "{text}"
        );
        let trace = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
        assert!(request.windows(16).any(|window| window == trace));
        let parent = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();
        assert!(request.windows(8).any(|window| window == parent));
    }
}
