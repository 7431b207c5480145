//! The span of an invocation, and the lines that wait for its answer.

use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};
use sio_net::Lines;
use tracing::Span;
use tracing::field::Empty;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

use super::TARGET;
use super::host::Known;

static TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

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
        Self::with(function, id, headers, false, None)
    }

    /// An invocation whose answer can bring its lines, and the event and the namespace that it is for, if any.
    pub(crate) fn buffered(
        function: &str,
        id: &str,
        headers: &HeaderMap,
        event: Option<(&str, &str)>,
    ) -> Self {
        Self::with(function, id, headers, true, event)
    }

    fn with(
        function: &str,
        id: &str,
        headers: &HeaderMap,
        buffered: bool,
        event: Option<(&str, &str)>,
    ) -> Self {
        let (event, namespace) = event.unzip();
        let trace = trace_id(headers);
        let span = tracing::error_span!(
            target: TARGET,
            "invocation",
            function,
            id,
            trace_id = trace,
            buffered,
            event,
            namespace,
            event_id = Empty,
        );
        #[cfg(feature = "otel")]
        super::otel::continue_trace(&span, headers);
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

/// The `traceparent` header for a request that the current invocation makes, if its caller named a trace.
pub(crate) fn traceparent() -> Option<HeaderValue> {
    let current = Span::current();
    let found = current.with_subscriber(|(id, dispatch)| {
        let registry = dispatch.downcast_ref::<Registry>()?;
        let mut scope = registry.span(id)?.scope();
        scope.find_map(|span| span.extensions().get::<Known>()?.trace)
    });
    let trace = found.flatten()?;
    let span = span_id(&current);
    HeaderValue::try_from(format!("00-{trace:032x}-{span:016x}-01")).ok()
}

/// The id of an exported span.
#[cfg(feature = "otel")]
fn span_id(span: &Span) -> u64 {
    super::otel::span_id(span).unwrap_or(1)
}

/// Without an exporter nothing has recorded a span of this process; the number only must not be zero.
#[cfg(not(feature = "otel"))]
fn span_id(_: &Span) -> u64 {
    1
}

/// The id of the trace that the caller is part of. Source: W3C Trace Context, "traceparent Header".
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let parent = headers.get(&TRACE_PARENT)?.to_str().ok()?;
    let mut parts = parent.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        text.len() == length
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let whole = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16);
    (whole && version != "ff" && !is_zero(trace) && !is_zero(span)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_trace_is_recognised_by_its_form() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let found = |text: &str| trace_id(&headers(&[("traceparent", text)])).map(str::to_owned);
        assert_eq!(
            found(&format!("00-{trace}-00f067aa0ba902b7-01")).as_deref(),
            Some(trace)
        );
        for wrong in [
            "",
            "00-0",
            &format!("ff-{trace}-00f067aa0ba902b7-01"),
            &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            &format!("00-{trace}-0000000000000000-01"),
            &format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
        ] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }
}
