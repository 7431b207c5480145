//! What the stand-ins log: everything that is not data, on stderr. `RUST_LOG` chooses what.

use tracing_subscriber::EnvFilter;

use crate::style::Look;
use crate::terminal::{self, Form, Quiet};

/// What a failing webhook usually means. `sio dev` has set the webhook up itself, and shows what became of each event.
const WITHOUT_HINTS: &str = "info,sio_emulator::webhook::hints=error";

/// Installs the log of this process; without hints for the webhook where `traced`.
pub(crate) fn install(traced: bool) {
    let usual = if traced { WITHOUT_HINTS } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
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
