//! The layer between `tracing` and the host.

use std::fmt::Write as _;
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::line;
use super::record::TARGET;
use super::scrub::Secrets;

/// An invocation may leave this many lines for its answer; what comes after goes to stdout.
const MOST: usize = 1000;

/// Writes events as lines, each where the host reads it.
#[derive(Debug)]
pub(super) struct Host {
    secrets: Secrets,
}

/// What the lines of an invocation begin with.
struct Prefix(String);

/// The lines that wait for the answer of an invocation.
pub(super) struct Waiting(pub(super) Vec<String>);

impl Host {
    pub(super) fn new(secrets: Secrets) -> Self {
        Self { secrets }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Host {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().target() != TARGET {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let mut read = Invocation::default();
        attributes.record(&mut read);
        let mut extensions = span.extensions_mut();
        extensions.insert(Prefix(read.prefix));
        if read.buffered {
            extensions.insert(Waiting(Vec::new()));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(Prefix(prefix)) = span.extensions_mut().get_mut() {
            let mut read = Invocation::default();
            values.record(&mut read);
            prefix.push_str(&read.prefix);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let level = *event.metadata().level();
        let mut scope = context.event_scope(event).into_iter().flatten();
        let invocation = scope.find(|span| span.metadata().target() == TARGET);
        let line = {
            let extensions = invocation.as_ref().map(|span| span.extensions());
            let prefix = extensions.as_ref().and_then(|all| all.get::<Prefix>());
            let prefix = prefix.map_or("", |prefix| prefix.0.as_str());
            line::of(event, prefix, &self.secrets)
        };
        if level <= Level::WARN {
            // If stderr is closed, there is nobody left to tell.
            let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
            return;
        }
        if let Some(span) = &invocation
            && let Some(Waiting(lines)) = span.extensions_mut().get_mut()
            && lines.len() < MOST
        {
            lines.push(line);
            return;
        }
        let _ = std::io::stdout().write_all(format!("{line}\n").as_bytes());
    }
}

/// Reads the fields of an invocation's span.
#[derive(Default)]
struct Invocation {
    prefix: String,
    buffered: bool,
}

impl Visit for Invocation {
    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "buffered" {
            self.buffered = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.prefix.is_empty() {
            self.prefix.reserve(128);
        }
        // Writing to a String cannot fail.
        let _ = match field.name() {
            _ if value.is_empty() => Ok(()),
            "function" => write!(self.prefix, " {value}"),
            "id" => write!(self.prefix, " [{value}]"),
            // Clients choose what stands here.
            name => write!(self.prefix, " {name}={value:?}"),
        };
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
