//! The span of an invocation, and the lines that wait for its answer.

use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};
use sio_net::Lines;
use sio_protocol::trace_parent::{self, TraceParent};
use tracing::Span;
use tracing::field::Empty;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

use super::TARGET;
use super::host::Known;

static TRACE_PARENT: HeaderName = HeaderName::from_static(trace_parent::HEADER);

/// One invocation, as logs see it.
#[derive(Debug)]
pub(crate) struct Record {
    span: Span,
    /// Whether lines wait for an answer.
    buffered: AtomicBool,
}

impl Record {
    /// An invocation whose lines go out as they come.
    pub(crate) fn new(function: &str, id: &str, headers: &HeaderMap) -> Self {
        Self::with(function, id, of_headers(headers), false, None)
    }

    /// An invocation whose answer can bring its lines, with the `traceparent` that its body tells of, and with the event
    /// and the namespace that it is for, if any.
    pub(crate) fn buffered(
        function: &str,
        id: &str,
        headers: &HeaderMap,
        told: Option<&str>,
        event: Option<(&str, &str)>,
    ) -> Self {
        let told = || told.and_then(TraceParent::parse);
        let parent = of_headers(headers).or_else(told);
        Self::with(function, id, parent, true, event)
    }

    fn with(
        function: &str,
        id: &str,
        parent: Option<TraceParent<'_>>,
        buffered: bool,
        event: Option<(&str, &str)>,
    ) -> Self {
        let (event, namespace) = event.unzip();
        let span = tracing::error_span!(
            target: TARGET,
            "invocation",
            function,
            id,
            trace_id = parent.map(|parent| parent.trace),
            sampled = parent.map(|parent| parent.sampled),
            buffered,
            event,
            namespace,
            event_id = Empty,
        );
        #[cfg(feature = "otel")]
        if let Some(parent) = parent {
            super::otel::continue_trace(&span, &parent);
        }
        let buffered = AtomicBool::new(buffered);
        Self { span, buffered }
    }

    /// Adds what an event is to the lines that follow.
    pub(crate) fn is_for(&self, event: &str, namespace: &str, event_id: Option<&str>) {
        tracing::record_all!(self.span, event, namespace, event_id);
    }

    /// Writes lines to stdout that no answer brings.
    pub(crate) fn print(mut lines: Vec<String>) {
        if !lines.is_empty() {
            lines.push(String::new());
            Lines::stdout().write_now(lines.join("\n").as_bytes());
        }
    }

    /// The span, for what runs inside.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The lines for an answer that can bring them.
    pub(crate) fn take_logs(&self) -> Vec<String> {
        if !self.buffered.swap(false, Ordering::Relaxed) {
            return Vec::new();
        }
        let lines = self.span.with_subscriber(|(id, dispatch)| {
            let registry = dispatch.downcast_ref::<Registry>()?;
            let span = registry.span(id)?;
            let mut extensions = span.extensions_mut();
            // Taken away, so that what is logged from now on does not wait for an answer that has gone.
            extensions.get_mut::<Known>()?.waiting.take()
        });
        lines.flatten().unwrap_or_default().lines
    }
}

impl Drop for Record {
    /// What no answer has taken is not lost: the host throws the lines of a failed invocation away.
    fn drop(&mut self) {
        Self::print(self.take_logs());
    }
}

/// The trace that a request is part of.
fn of_headers(headers: &HeaderMap) -> Option<TraceParent<'_>> {
    let header = headers.get(&TRACE_PARENT)?.to_str().ok()?;
    TraceParent::parse(header)
}

/// The `traceparent` header for a request that the current invocation makes, if its caller named a trace.
pub(crate) fn traceparent() -> Option<HeaderValue> {
    let current = Span::current();
    let found = current.with_subscriber(|(id, dispatch)| {
        let registry = dispatch.downcast_ref::<Registry>()?;
        let mut scope = registry.span(id)?.scope();
        scope.find_map(|span| span.extensions().get::<Known>()?.trace)
    });
    let (trace, sampled) = found.flatten()?;
    // Without an exporter nothing records a span of this process, so the caller's choice stays; the id only must not be
    // zero.
    let (span, sampled) = exported(&current).unwrap_or((1, sampled));
    let flags = u8::from(sampled);
    HeaderValue::try_from(format!("00-{trace:032x}-{span:016x}-{flags:02x}")).ok()
}

#[cfg(feature = "otel")]
use super::otel::exported;

#[cfg(not(feature = "otel"))]
fn exported(_: &Span) -> Option<(u64, bool)> {
    None
}
