//! The hops of an event, for those who watch: a timeline, an inspector, a test.
//!
//! A hop holds names, numbers and reasons, never a key or a token; arguments only in its body, which is there for the
//! inspector and is never printed.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use http::Method;
use sio_protocol::names::ConnectionId;
use sio_trace::TraceId;
use time::OffsetDateTime;
use time::macros::format_description;
use tokio::sync::broadcast;

/// Hops that a slow watcher may fall behind before it misses some.
const BACKLOG: usize = 1024;

/// One step of an event through the service.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hop {
    /// When it happened.
    pub time: SystemTime,
    /// The hub, as the client or the caller spelled it.
    pub hub: String,
    /// The connection, unless the step concerns none or several.
    pub connection: Option<ConnectionId>,
    /// The namespace, where there is one.
    pub namespace: Option<String>,
    /// The socket, where there is one.
    pub socket: Option<String>,
    /// The connection's user, where there is one.
    pub user: Option<String>,
    /// What happened.
    pub kind: HopKind,
    /// Steps that belong together have the same id: an event with its webhook and the answer, and the REST calls whose
    /// `traceparent` names it with what they sent.
    pub trace: Option<TraceId>,
    /// Why a REST call without `traceparent`, and what it sent, belongs to this trace: it names the event's client.
    pub derived: Option<&'static str>,
    /// The beginning of the body, if bodies were asked for.
    pub body: Option<String>,
}

/// What happened at a hop.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum HopKind {
    /// A client opened a session.
    Opened {
        /// `polling` or `websocket`.
        transport: &'static str,
        /// The user that its token names.
        user: Option<String>,
    },
    /// A client was refused before it had a session.
    Refused {
        /// The status of the answer.
        status: u16,
        /// Why, for the person who reads the log.
        reason: String,
    },
    /// A socket joined its namespace.
    Connected,
    /// A socket was not let into its namespace.
    Rejected {
        /// What the client reads as the error's message.
        message: String,
    },
    /// A client sent an event.
    Event {
        /// The event's name.
        event: String,
        /// Whether the client waits for an acknowledgement.
        ack: bool,
        /// Bytes of the packet, attachments included.
        bytes: usize,
    },
    /// A try of a webhook failed, and there is another.
    Try {
        /// `connect`, `connected`, `disconnected` or the event's name.
        event: String,
        /// Counted from 1.
        number: usize,
        /// Why it failed.
        problem: String,
    },
    /// A webhook was answered, or given up.
    Webhook {
        /// `connect`, `connected`, `disconnected` or the event's name.
        event: String,
        /// How it went.
        outcome: WebhookOutcome,
        /// From the first request to the answer.
        took: Duration,
    },
    /// A REST call was answered.
    Rest {
        /// The call's method.
        method: Method,
        /// Its path, without query.
        path: String,
        /// The status of the answer.
        status: u16,
        /// What an error's body says.
        error: Option<String>,
        /// How long the request's body is, where that was announced.
        bytes: usize,
        /// From request to answer.
        took: Duration,
    },
    /// A payload was queued for clients.
    Delivered {
        /// The event's name, or what kind of packet it is.
        what: String,
        /// The receivers, in words.
        to: String,
        /// How many connections it went to.
        clients: usize,
        /// Bytes of the payload.
        bytes: usize,
    },
    /// A part of a payload for clients was left out.
    Dropped {
        /// Why.
        problem: String,
    },
    /// A socket left its namespace.
    Disconnected {
        /// Why, as the `disconnected` webhook says it.
        reason: String,
    },
    /// A session ended.
    Closed {
        /// Why.
        reason: String,
    },
}

/// How a webhook went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookOutcome {
    /// The function app answered.
    Answered {
        /// The status of the last answer.
        status: u16,
        /// Bytes of the answer's body, which holds packets for the client.
        bytes: usize,
        /// How often it was asked.
        tries: usize,
    },
    /// No answer, for this reason.
    Failed(String),
    /// No event handler is configured for it.
    Unmatched,
}

/// Names and reasons as hops and the log show them: a client or a caller may send a megabyte of them.
pub(crate) fn abridged(text: &str) -> String {
    const LONGEST: usize = 256;
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(LONGEST)])
}

/// The longest text of a hop, in bytes: enough for the path of a group with a long name, and little where many hops are
/// kept.
const LONGEST_TEXT: usize = 1024;

/// Cuts a text of a hop off where it is too long, and gives the memory of the rest back.
fn cut(text: &mut String) {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text.push('…');
        text.shrink_to_fit();
    }
}

impl Hop {
    /// The hop with its texts cut off: hops are kept by their number, and a client or a caller chooses most of the texts.
    /// A body has a limit of its own.
    fn bounded(mut self) -> Self {
        cut(&mut self.hub);
        let texts = [&mut self.namespace, &mut self.socket, &mut self.user];
        texts.into_iter().flatten().for_each(cut);
        match &mut self.kind {
            HopKind::Connected => {}
            HopKind::Opened { user, .. } => user.iter_mut().for_each(cut),
            HopKind::Refused { reason: text, .. }
            | HopKind::Rejected { message: text }
            | HopKind::Event { event: text, .. }
            | HopKind::Dropped { problem: text }
            | HopKind::Disconnected { reason: text }
            | HopKind::Closed { reason: text } => cut(text),
            HopKind::Try { event, problem, .. } => [event, problem].into_iter().for_each(cut),
            HopKind::Webhook { event, outcome, .. } => {
                cut(event);
                if let WebhookOutcome::Failed(reason) = outcome {
                    cut(reason);
                }
            }
            HopKind::Rest { path, error, .. } => {
                cut(path);
                error.iter_mut().for_each(cut);
            }
            HopKind::Delivered { what, to, .. } => [what, to].into_iter().for_each(cut),
        }
        self
    }
}

/// Sends hops to the listeners.
#[derive(Debug)]
pub(crate) struct Hops {
    sender: broadcast::Sender<Hop>,
    /// How many bytes of a body a hop carries; 0 by default.
    body_limit: AtomicUsize,
    traces: AtomicU64,
    /// What makes the ids of this emulator's traces differ from another's.
    seed: [u64; 2],
}

impl Default for Hops {
    fn default() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self {
            sender: broadcast::channel(BACKLOG).0,
            body_limit: AtomicUsize::new(0),
            traces: AtomicU64::new(0),
            seed: [random(), random()],
        }
    }
}

impl Hops {
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Hop> {
        self.sender.subscribe()
    }

    /// Tells so many bytes of each body from now on.
    pub(crate) fn keep_bodies(&self, limit: usize) {
        self.body_limit.store(limit, Ordering::Relaxed);
    }

    /// The beginning of a body, where bodies are told.
    pub(crate) fn body(&self, text: &str) -> Option<String> {
        let limit = self.body_limit.load(Ordering::Relaxed);
        if limit == 0 || text.is_empty() {
            return None;
        }
        if text.len() <= limit {
            return Some(text.to_owned());
        }
        let end = text.floor_char_boundary(limit);
        Some(format!("{}… ({} bytes)", &text[..end], text.len()))
    }

    /// A new id for steps that belong together.
    pub(crate) fn trace(&self) -> TraceId {
        // An odd factor gives every number another product.
        let number = self.traces.fetch_add(1, Ordering::Relaxed);
        let low = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.seed[1];
        TraceId::new(u128::from(self.seed[0]) << 64 | u128::from(low))
    }

    /// Whether anything listens.
    pub(crate) fn are_heard(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Sends a hop, which is made only if there is a listener.
    pub(crate) fn send(&self, hop: impl FnOnce() -> Hop) {
        if self.are_heard() {
            // The last listener may have gone in between.
            let _ = self.sender.send(hop().bounded());
        }
    }
}

impl fmt::Display for Hop {
    /// One line: time, hub and namespace, socket, what happened.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!("[hour]:[minute]:[second].[subsecond digits:3]");
        let time = OffsetDateTime::from(self.time).format(format);
        write!(f, "{} {}", time.unwrap_or_default(), self.hub)?;
        if let Some(namespace) = &self.namespace {
            write!(f, " {}", namespace.escape_debug())?;
        }
        let id = self.socket.as_deref();
        if let Some(id) = id.or(self.connection.as_ref().map(ConnectionId::as_str)) {
            // Enough to tell clients apart, short enough to read.
            write!(f, " {}", id.chars().take(6).collect::<String>())?;
        }
        write!(f, "  {}", self.kind)
    }
}

impl fmt::Display for HopKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened { transport, user } => match user {
                Some(user) => write!(f, "opened by {transport}, user {}", user.escape_debug()),
                None => write!(f, "opened by {transport}, anonymous"),
            },
            Self::Refused { status, reason } => write!(f, "refused with {status}: {reason}"),
            Self::Connected => f.write_str("connected"),
            Self::Rejected { message } => write!(f, "rejected: {}", message.escape_debug()),
            Self::Event { event, ack, bytes } => {
                let ack = if *ack { ", wants an ack" } else { "" };
                write!(f, "{} ({bytes} bytes{ack})", event.escape_debug())
            }
            Self::Try {
                event,
                number,
                problem,
            } => write!(
                f,
                "{} -> webhook, try {number}: {problem}",
                event.escape_debug()
            ),
            Self::Webhook {
                event,
                outcome,
                took,
            } => {
                write!(f, "{} -> webhook ", event.escape_debug())?;
                match outcome {
                    WebhookOutcome::Answered {
                        status,
                        bytes,
                        tries,
                    } => {
                        let packets = if *bytes > 0 { ", with an answer" } else { "" };
                        write!(f, "{status} in {} ms{packets}", took.as_millis())?;
                        if *tries > 1 {
                            write!(f, ", after {tries} tries")?;
                        }
                        Ok(())
                    }
                    WebhookOutcome::Failed(reason) => {
                        write!(f, "failed after {} ms: {reason}", took.as_millis())
                    }
                    WebhookOutcome::Unmatched => f.write_str("skipped: no event handler"),
                }
            }
            Self::Rest {
                method,
                path,
                status,
                took,
                ..
            } => write!(f, "{method} {path} {status} in {} ms", took.as_millis()),
            Self::Delivered { what, clients, .. } => {
                let clients_word = if *clients == 1 { "client" } else { "clients" };
                write!(f, "{} -> {clients} {clients_word}", what.escape_debug())
            }
            Self::Dropped { problem } => f.write_str(problem),
            Self::Disconnected { reason } if reason.is_empty() => f.write_str("disconnected"),
            Self::Disconnected { reason } => write!(f, "disconnected: {}", reason.escape_debug()),
            Self::Closed { reason } if reason.is_empty() => f.write_str("closed"),
            Self::Closed { reason } => write!(f, "closed: {}", reason.escape_debug()),
        }
    }
}
