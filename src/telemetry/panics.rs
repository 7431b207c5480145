//! Panics as lines of the log.
//!
//! A panic often quotes what a client has sent. The standard hook prints it as it is: with line breaks that forge lines,
//! with codes for terminals, with secrets.

use std::backtrace::Backtrace;
use std::panic::{Location, PanicHookInfo};
use std::sync::Arc;

use sio_net::Lines;
use tracing::Level;

use super::host::Known;
use super::line;
use super::scrub::Secrets;

/// Writes the message of every panic, and where it was, as one line of stderr.
pub(super) fn log_through(secrets: Arc<Secrets>) {
    std::panic::set_hook(Box::new(move |panic| {
        // No filter and no layer stands between: a panic is written even if it comes from one of them.
        let mut line = line_of(panic, &Known::current_prefix(), &secrets);
        line.push('\n');
        Lines::stderr().write_now(line.as_bytes());
    }));
}

/// Where a panic happened: where the author's code called what panicked, if that is known. A release build does not
/// look for it, since it has no places to find.
fn place(at: &Location<'_>) -> String {
    if cfg!(debug_assertions)
        && is_foreign(at.file())
        && let Some(own) = own_frame(&Backtrace::force_capture().to_string())
    {
        return own.to_owned();
    }
    at.to_string()
}

/// Whether a file belongs to the standard library or to a dependency from a registry.
fn is_foreign(file: &str) -> bool {
    ["/rustc/", "/.cargo/registry/", "/.cargo/git/", "\\.cargo\\"]
        .iter()
        .any(|part| file.contains(part))
}

/// The first frame of a backtrace that is neither this library's nor foreign.
fn own_frame(trace: &str) -> Option<&str> {
    let mut of_library = false;
    for line in trace.lines().map(str::trim_start) {
        match line.strip_prefix("at ") {
            Some(file) if !of_library && !is_foreign(file) => {
                return Some(file.strip_prefix("./").unwrap_or(file));
            }
            Some(_) => {}
            None => of_library = line.contains("socketio_functions::"),
        }
    }
    None
}

fn line_of(panic: &PanicHookInfo<'_>, prefix: &str, secrets: &Secrets) -> String {
    let message = panic.payload_as_str().unwrap_or("no message");
    match panic.location().map(place) {
        Some(place) => {
            let text = format_args!("panicked at {place}: {message}");
            line::with_text(Level::ERROR, prefix, text, secrets)
        }
        None => line::with_text(
            Level::ERROR,
            prefix,
            format_args!("panicked: {message}"),
            secrets,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_of_the_authors_code_is_found() {
        let trace = "   0: socketio_functions::telemetry::panics::place
             at /home/a/functions/src/telemetry/panics.rs:30:9
   1: core::str::slice_error_fail
             at /rustc/abc/library/core/src/str/mod.rs:84:5
   2: my_chat::say::{{closure}}
             at ./src/lib.rs:39:30
   3: socketio_functions::handler::run
             at /home/a/functions/src/handler/run.rs:1:1";
        assert_eq!(own_frame(trace), Some("src/lib.rs:39:30"));
        assert_eq!(own_frame("   0: rust_begin_unwind"), None);
    }
}
