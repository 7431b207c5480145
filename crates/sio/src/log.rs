//! What the stand-ins log: everything that is not data, on stderr. `RUST_LOG` chooses what.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::terminal::Quiet;

/// Installs the log of this process.
pub(crate) fn install() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // A second subscriber only ever comes from a test in the same process; the first one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Quiet)
        .log_internal_errors(false)
        .with_ansi(colour)
        .with_target(false)
        .without_time()
        .try_init();
}
