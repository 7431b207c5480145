//! What happens in the host, as values: for a timeline, for tests, for a terminal.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::broadcast;

use crate::app::{LogLevel, LogLevels};
use crate::call::{Call, ClientEvent};
use crate::level::Level;

/// One thing that happened. `Display` gives one readable line, which never has a query string or a key in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Hop {
    /// An invocation begins.
    Started(Call),
    /// An invocation has its answer.
    Answered {
        /// Which one.
        call: Call,
        /// What the caller got; 499 when it left before; for a function without a caller, 200 or 500.
        status: u16,
        /// Why it failed, if it did.
        error: Option<String>,
        /// From the request's arrival to the head of its answer.
        elapsed: Duration,
    },
    /// An event of a client that no function of the app waits for.
    Unhandled {
        /// The trace that its caller names.
        trace: Option<String>,
        /// The event.
        event: ClientEvent,
        /// What the functions wait for.
        problem: String,
    },
    /// An invocation failed and is tried again, as a retry policy says.
    Retrying {
        /// The new invocation.
        call: Call,
        /// Counted from 1.
        retry: u32,
        /// How long it waits before.
        delay: Duration,
        /// Why the one before failed.
        error: String,
    },
    /// A request that reached no function.
    Unrouted {
        /// The trace that its caller names.
        trace: Option<String>,
        /// The method.
        method: String,
        /// The path, without its query.
        path: String,
        /// The answer.
        status: u16,
    },
    /// A line of `Logs` in an invocation's answer.
    Log {
        /// The function.
        function: String,
        /// The invocation.
        invocation: String,
        /// The line.
        text: String,
    },
    /// Values for an output binding other than `http` and `socketio`. They end here, unless a queue trigger of the same
    /// app takes them.
    Output {
        /// The function.
        function: String,
        /// The invocation.
        invocation: String,
        /// The binding's name.
        binding: String,
        /// The binding's type.
        kind: String,
        /// How many bytes.
        bytes: usize,
        /// The beginning, on one line, without tokens and keys.
        preview: String,
        /// The queue that it went to, if a function of the app listens to it.
        queue: Option<String>,
    },
    /// The service has accepted an action of a Socket.IO output.
    Sent {
        /// The function.
        function: String,
        /// The invocation.
        invocation: String,
        /// The action's name, as in `SendToRooms`.
        action: String,
    },
    /// A line that the handler printed.
    Console {
        /// As what the host takes it.
        level: Level,
        /// The line.
        text: String,
    },
    /// The handler is about to be started.
    HandlerStarting {
        /// Its program.
        program: String,
        /// The port it is given.
        port: u16,
    },
    /// The handler answers.
    HandlerReady {
        /// Its process; none when it was started by someone else.
        process: Option<u32>,
        /// Its port.
        port: u16,
        /// From start to answer.
        elapsed: Duration,
    },
    /// The handler's process ended by itself.
    HandlerExited {
        /// Exit code; 128 + n for signal n.
        code: i32,
        /// What the host does about it.
        consequence: String,
    },
    /// The handler is stopped by the host.
    HandlerStopping {
        /// Why.
        reason: String,
    },
    /// Files changed, and the host starts again.
    Reloading {
        /// Which ones, below the script root.
        files: Vec<String>,
    },
    /// An exchange with the handler was written to a file.
    Recorded {
        /// The trace that the invocation is part of.
        trace: Option<String>,
        /// The invocation's id.
        invocation: String,
        /// The file.
        file: PathBuf,
    },
    /// The host gave up on its handler, and why. [`crate::Host::stopped`] says the same.
    GaveUp(String),
    /// Something that the author should know.
    Warning(String),
    /// Something that went wrong.
    Error(String),
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started(call) => write!(f, "→ {call}"),
            Self::Answered {
                call,
                status,
                error,
                elapsed,
            } => {
                write!(
                    f,
                    "← {status} {call} {:.1} ms",
                    elapsed.as_secs_f64() * 1000.0
                )?;
                match error {
                    Some(error) => write!(f, ": {error}"),
                    None => Ok(()),
                }
            }
            Self::Retrying {
                call,
                retry,
                delay,
                error,
            } => write!(
                f,
                "↻ retry {retry} in {} s: {call}: {error}",
                delay.as_secs_f64()
            ),
            Self::Unrouted {
                method,
                path,
                status,
                ..
            } => write!(f, "← {status} {method} {path}: no function has this route"),
            Self::Unhandled { event, problem, .. } => {
                write!(f, "← 404 {:?}: {problem}", event.name)
            }
            Self::Log { function, text, .. } => write!(f, "[{function}] {text}"),
            Self::Output {
                function,
                binding,
                kind,
                bytes,
                preview,
                queue,
                ..
            } => {
                write!(f, "[{function}] output {binding} ({kind}, {bytes} bytes")?;
                match queue {
                    Some(queue) => write!(f, ", into the queue {queue}): {preview}"),
                    None => write!(f, ", not sent anywhere): {preview}"),
                }
            }
            Self::Sent {
                function, action, ..
            } => write!(f, "[{function}] sent {action}"),
            Self::Console { level, text } => write!(f, "[handler] {level:<5} {text}"),
            Self::HandlerStarting { program, port } => {
                write!(f, "starting handler {program} on port {port}")
            }
            Self::HandlerReady {
                process,
                port,
                elapsed,
            } => {
                write!(
                    f,
                    "handler ready on port {port} after {} ms",
                    elapsed.as_millis()
                )?;
                match process {
                    Some(id) => write!(f, " (process {id})"),
                    None => Ok(()),
                }
            }
            Self::HandlerExited { code, consequence } => write!(
                f,
                "handler exited with code {code} (0x{code:X}): {consequence}"
            ),
            Self::HandlerStopping { reason } => write!(f, "stopping handler: {reason}"),
            Self::Reloading { files } => {
                write!(f, "{} changed: the host starts again", files.join(", "))
            }
            Self::Recorded { file, .. } => write!(f, "recorded {}", file.display()),
            Self::Warning(text) => write!(f, "warning: {}", one_line(text)),
            Self::Error(text) | Self::GaveUp(text) => write!(f, "error: {}", one_line(text)),
        }
    }
}

/// A text with its hint on the same line.
fn one_line(text: &str) -> String {
    text.replace('\n', "; ")
}

/// Where hops go. Listeners are optional.
#[derive(Debug, Clone)]
pub(crate) struct Hops {
    sender: broadcast::Sender<Hop>,
    /// Which of the author's lines are shown; those of the app that is loaded.
    levels: Arc<RwLock<LogLevels>>,
}

impl Hops {
    /// Enough for a burst between two looks of a terminal.
    pub(crate) const CAPACITY: usize = 4096;

    pub(crate) fn new(sender: broadcast::Sender<Hop>) -> Self {
        Self {
            sender,
            levels: Arc::default(),
        }
    }

    /// Shows lines as an app wants it from now on.
    pub(crate) fn show(&self, levels: &LogLevels) {
        let mut current = self.levels.write().unwrap_or_else(PoisonError::into_inner);
        current.clone_from(levels);
    }

    fn is_shown(&self, hop: &Hop) -> bool {
        let levels = self.levels.read().unwrap_or_else(PoisonError::into_inner);
        match hop {
            Hop::Log { function, .. } => {
                levels.show(&format!("Function.{function}.User"), LogLevel::Information)
            }
            Hop::Console { level, .. } => {
                let level = match level {
                    // Not the author's.
                    Level::System => return true,
                    Level::Information => LogLevel::Information,
                    Level::Warning => LogLevel::Warning,
                    Level::Error => LogLevel::Error,
                };
                levels.show("Host.Function.Console", level)
            }
            _ => true,
        }
    }

    pub(crate) fn send(&self, hop: Hop) {
        if !self.is_shown(&hop) {
            return;
        }
        tracing::debug!("{hop}");
        // A missing listener is not an error.
        let _ = self.sender.send(hop);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Hop> {
        self.sender.subscribe()
    }
}
