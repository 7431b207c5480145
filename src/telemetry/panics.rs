//! Panics as lines of the log.
//!
//! A panic often quotes what a client has sent. The standard hook prints it as it is: with line breaks that forge lines,
//! with codes for terminals, with secrets.

use std::panic::PanicHookInfo;
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

fn line_of(panic: &PanicHookInfo<'_>, prefix: &str, secrets: &Secrets) -> String {
    let message = panic.payload_as_str().unwrap_or("no message");
    match panic.location() {
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
