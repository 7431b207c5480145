//! What the stand-ins log: everything that is not data, on stderr. `RUST_LOG` chooses what.

use tracing_subscriber::EnvFilter;

use crate::style::Look;
use crate::terminal::{self, Form, Quiet};

/// Installs the log of this process.
pub(crate) fn install() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Quiet)
        .log_internal_errors(false)
        .with_ansi(Look::of_stderr().colour)
        .with_target(false)
        .without_time();
    // A second subscriber only ever comes from a test in the same process; the first one stays.
    let _ = match terminal::form() {
        Form::Text => log.try_init(),
        Form::Json => log.json().try_init(),
    };
}
