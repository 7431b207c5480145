//! Invocations as spans of OpenTelemetry, exported by OTLP over HTTP; metrics are exported beside them.
//!
//! The host ends a handler without asking, so spans do not wait long for company. The exporter has a thread of its own.

use std::time::Duration;

use http::HeaderMap;
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
pub(super) fn continue_trace(span: &Span, headers: &HeaderMap) {
    let parent = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok());
    let mut parts = parent.unwrap_or_default().split('-').skip(1);
    let parts = (parts.next(), parts.next(), parts.next());
    let (Some(trace), Some(parent), Some(flags)) = parts else {
        return;
    };
    let (Ok(trace), Ok(parent)) = (TraceId::from_hex(trace), SpanId::from_hex(parent)) else {
        return;
    };
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).unwrap_or_default());
    let remote = SpanContext::new(trace, parent, flags, true, TraceState::default());
    if remote.is_valid() {
        // Without the layer there is nothing to continue.
        let _ = span.set_parent(Context::new().with_remote_span_context(remote));
    }
}

/// The id of a span, if it is exported.
pub(super) fn span_id(span: &Span) -> Option<u64> {
    let context = span.context();
    let known = context.span().span_context().clone();
    known
        .is_valid()
        .then(|| u64::from_be_bytes(known.span_id().to_bytes()))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn an_invocation_is_exported_as_a_part_of_its_callers_trace() {
        let collector = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", collector.local_addr().unwrap());
        let taken = std::thread::spawn(move || {
            let (mut stream, _) = collector.accept().unwrap();
            let mut request = vec![0; 64 * 1024];
            let mut length = 0;
            // The body ends with the name of the library, near its end at the latest; one read of it is enough.
            while !String::from_utf8_lossy(&request[..length]).contains("invocation") {
                length += stream.read(&mut request[length..]).unwrap();
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
            request.truncate(length);
            request
        });
        let settings = Settings::new()
            .with(Settings::OTLP_ENDPOINT, endpoint)
            .with(Settings::SERVICE_NAME, "chat");
        let exporter = Exporter::of(&settings).unwrap().unwrap();
        let subscriber = tracing_subscriber::registry().with(exporter.layer());
        tracing::subscriber::with_default(subscriber, || {
            let mut headers = HeaderMap::new();
            let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            headers.insert("traceparent", parent.parse().unwrap());
            drop(super::super::Record::new("socketio", "id-1", &headers));
        });
        drop(exporter);
        let request = taken.join().unwrap();
        let text = String::from_utf8_lossy(&request);
        assert!(text.starts_with("POST /v1/traces "), "{text}");
        assert!(text.contains("chat") && text.contains("socketio"), "{text}");
        let trace = u128::from_str_radix("4bf92f3577b34da6a3ce929d0e0e4736", 16).unwrap();
        let trace = trace.to_be_bytes();
        assert!(request.windows(16).any(|window| window == trace));
    }
}
