//! The layer between `tracing` and the host.

use std::fmt::Write as _;
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::TARGET;
use super::line;
use super::scrub::Secrets;

/// An invocation may leave this many lines for its answer; what comes after goes to stdout.
const MOST: usize = 1000;

/// Writes events as lines, each where the host reads it.
#[derive(Debug)]
pub(super) struct Host {
    secrets: Secrets,
    /// Where lines go that are neither warnings nor errors.
    information: Stream,
}

/// Where a process can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Where the host looks for information.
    Stdout,
    /// With everything else, where stdout is for data.
    Stderr,
}

/// What the log knows of an invocation.
pub(super) struct Known {
    /// What its lines begin with.
    prefix: String,
    /// The lines that wait for its answer, as long as one can bring them.
    pub(super) waiting: Option<Vec<String>>,
    /// The id of the trace that it is part of.
    pub(super) trace: Option<u128>,
}

impl Host {
    pub(super) fn new(secrets: Secrets, information: Stream) -> Self {
        Self {
            secrets,
            information,
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Host {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().target() != TARGET {
            return;
        }
        let Some(span) = context.span(id) else { return };
        // Room for what an event adds: this is done for every event, whether anything is logged or not.
        let mut prefix = String::with_capacity(160);
        let mut read = Invocation {
            prefix: &mut prefix,
            buffered: false,
            trace: None,
        };
        attributes.record(&mut read);
        let waiting = read.buffered.then(Vec::new);
        let trace = read.trace;
        span.extensions_mut().insert(Known {
            prefix,
            waiting,
            trace,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(Known { prefix, .. }) = span.extensions_mut().get_mut() {
            values.record(&mut Invocation {
                prefix,
                buffered: false,
                trace: None,
            });
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let level = *event.metadata().level();
        let mut scope = context.event_scope(event).into_iter().flatten();
        let invocation = scope.find(|span| span.metadata().target() == TARGET);
        let line = {
            let extensions = invocation.as_ref().map(|span| span.extensions());
            let known = extensions.as_ref().and_then(|all| all.get::<Known>());
            let prefix = known.map_or("", |known| known.prefix.as_str());
            line::of(event, prefix, &self.secrets)
        };
        // If a stream is closed, there is nobody left to tell.
        let to_stderr = |line: &str| {
            let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
        };
        if level <= Level::WARN {
            return to_stderr(&line);
        }
        if let Some(span) = &invocation
            && let Some(Known { waiting, .. }) = span.extensions_mut().get_mut()
            && let Some(lines) = waiting
            && lines.len() < MOST
        {
            lines.push(line);
            return;
        }
        if self.information == Stream::Stderr {
            return to_stderr(&line);
        }
        let _ = std::io::stdout().write_all(format!("{line}\n").as_bytes());
    }
}

/// Reads the fields of an invocation's span.
struct Invocation<'a> {
    prefix: &'a mut String,
    buffered: bool,
    trace: Option<u128>,
}

impl Invocation<'_> {
    fn push(&mut self, parts: [&str; 3]) {
        for part in parts {
            self.prefix.push_str(part);
        }
    }
}

impl Visit for Invocation<'_> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "buffered" {
            self.buffered = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // Clients choose some of these, so whatever is more than a word is written as a quotation.
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
        match field.name() {
            _ if value.is_empty() => {}
            "function" => self.push([" ", value, ""]),
            "id" => self.push([" [", value, "]"]),
            "trace_id" => {
                self.trace = u128::from_str_radix(value, 16).ok();
                self.push([" trace_id=", value, ""]);
            }
            name if value.bytes().all(is_word) => {
                self.push([" ", name, "="]);
                self.prefix.push_str(value);
            }
            name => {
                let _ = write!(self.prefix, " {name}={value:?}"); // writing to a String cannot fail
            }
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
