//! The layer between `tracing` and the host.

use std::fmt::Write as _;
use std::sync::Arc;

use sio_net::Lines;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Span, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::TARGET;
use super::line;
use super::scrub::Secrets;

/// An invocation may leave this many lines for its answer, and this many bytes; what comes after goes to stdout.
const MOST: usize = 1000;
const MOST_BYTES: usize = 1024 * 1024;

/// The most bytes of a value that a client chooses in the beginning of every line of its invocation.
const LONGEST_VALUE: usize = 512;

/// Writes events as lines, each where the host reads it.
#[derive(Debug)]
pub(super) struct Host {
    secrets: Arc<Secrets>,
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
    pub(super) waiting: Option<Waiting>,
    /// The id of the trace that it is part of, and whether its caller may have recorded that.
    pub(super) trace: Option<(u128, bool)>,
}

/// Lines that wait.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) lines: Vec<String>,
    bytes: usize,
}

impl Waiting {
    fn has_room(&self, line: &str) -> bool {
        self.lines.len() < MOST && self.bytes + line.len() <= MOST_BYTES
    }
}

impl Known {
    /// What a line begins with that the current thread writes now.
    pub(super) fn current_prefix() -> String {
        let prefix = Span::current().with_subscriber(|(id, dispatch)| {
            let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
            let mut scope = span.scope();
            let invocation = scope.find(|span| span.metadata().target() == TARGET)?;
            let extensions = invocation.extensions();
            Some(extensions.get::<Self>()?.prefix.clone())
        });
        prefix.flatten().unwrap_or_default()
    }
}

impl Host {
    pub(super) fn new(secrets: Arc<Secrets>, information: Stream) -> Self {
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
            secrets: &self.secrets,
            buffered: false,
            trace: None,
            sampled: false,
        };
        attributes.record(&mut read);
        let waiting = read.buffered.then(Waiting::default);
        let sampled = read.sampled;
        let trace = read.trace.map(|trace| (trace, sampled));
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
                secrets: &self.secrets,
                buffered: false,
                trace: None,
                sampled: false,
            });
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let level = *event.metadata().level();
        let mut scope = context.event_scope(event).into_iter().flatten();
        let invocation = scope.find(|span| span.metadata().target() == TARGET);
        // Copied, so that nothing is locked while values write themselves: they may log or panic.
        let prefix = invocation.as_ref().and_then(|span| {
            let extensions = span.extensions();
            Some(extensions.get::<Known>()?.prefix.clone())
        });
        let mut line = line::render(event, &prefix.unwrap_or_default(), &self.secrets);
        if level <= Level::WARN {
            line.push('\n');
            return Lines::stderr().write_now(line.as_bytes());
        }
        if let Some(span) = &invocation
            && let Some(Known { waiting, .. }) = span.extensions_mut().get_mut()
            && let Some(waiting) = waiting
            && waiting.has_room(&line)
        {
            waiting.bytes += line.len();
            waiting.lines.push(line);
            return;
        }
        line.push('\n');
        match self.information {
            Stream::Stdout => Lines::stdout().write(line.as_bytes()),
            Stream::Stderr => Lines::stderr().write(line.as_bytes()),
        }
    }
}

/// Reads the fields of an invocation's span.
struct Invocation<'a> {
    prefix: &'a mut String,
    secrets: &'a Secrets,
    buffered: bool,
    trace: Option<u128>,
    sampled: bool,
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
        match field.name() {
            "buffered" => self.buffered = value,
            "sampled" => self.sampled = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // Clients choose some of these, so a long one does not push the message out of the line, and whatever is more
        // than a word is written as a quotation.
        let cut;
        let value = if value.len() <= LONGEST_VALUE {
            value
        } else {
            let begin = &value[..value.floor_char_boundary(LONGEST_VALUE)];
            cut = self.secrets.masked(begin, true) + "…";
            &cut
        };
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
