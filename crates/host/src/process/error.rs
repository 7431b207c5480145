//! Why the handler does not run.

use super::executable::ExecutableError;

/// The handler is not running, and why.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerError {
    /// Its file cannot be run.
    #[error(transparent)]
    Executable(#[from] ExecutableError),
    /// The system refused to start it.
    #[error(
        "the handler {program} could not be started: {reason}\nhint: run it by hand to see whether it starts at all; customHandler.description in host.json says what is started"
    )]
    Spawn {
        /// What was started.
        program: String,
        /// The system's words.
        reason: String,
    },
    /// It ended before it answered.
    #[error("the handler exited with code {code} before it answered on port {port}{}{}", said(last), exit_hint(*code))]
    Exited {
        /// Exit code; 128 + n for signal n.
        code: i32,
        /// Where it should have listened.
        port: u16,
        /// Its last lines on stderr.
        last: String,
    },
    /// It did not answer in time.
    #[error(
        "the handler did not answer GET http://127.0.0.1:{port}/ within {seconds} s{}\nhint: it must listen on 127.0.0.1 and on the port in FUNCTIONS_CUSTOMHANDLER_PORT, and answer GET / at once with any status; customHandler.initializationTimeout in host.json gives it longer",
        said(last)
    )]
    NotReady {
        /// Where it should have listened.
        port: u16,
        /// The time it had.
        seconds: u64,
        /// Its last lines on stderr.
        last: String,
    },
    /// It failed for the third time (docs/contracts/functions-host.md, "Exit and restart").
    #[error(
        "Exceeded http worker restart retry count. Shutting down Functions Host: the handler failed {times} times, none more than 30 minutes after the one before. The last time: {last}"
    )]
    GaveUp {
        /// How many failures were counted.
        times: usize,
        /// The last failure.
        last: String,
    },
    /// An invocation waited too long for it.
    #[error(
        "Final functionDispatcher state: {state}. Initialization timed out and host is shutting down"
    )]
    GateExpired {
        /// What the host was doing.
        state: &'static str,
    },
    /// The host was told to stop.
    #[error("the host has stopped")]
    Stopped,
}

fn said(last: &str) -> String {
    if last.is_empty() {
        String::new()
    } else {
        format!(". It said: {last}")
    }
}

fn exit_hint(code: i32) -> &'static str {
    match code {
        0 => {
            "\nhint: a handler must keep running; the Functions host never restarts one that exits with code 0"
        }
        _ => "",
    }
}
