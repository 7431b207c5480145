//! Logs in the form that the Functions host understands.
//!
//! The host takes every line of stdout for information and every line of stderr for an error, or for a warning if the
//! line says so. So DEBUG and INFO go to stdout, WARN and ERROR to stderr, each event on one line, without colour and
//! without a time, which the host adds. Source: host contract, "stdout / stderr".

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

use crate::settings::{LOG, Settings};

/// Installs the log of this process. A log that is already there stays.
pub(crate) fn install(settings: &Settings) {
    let directives = settings.get(LOG).unwrap_or("info");
    let (filter, problem) = match EnvFilter::try_new(directives) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    let writer = std::io::stderr
        .with_max_level(Level::WARN)
        .or_else(std::io::stdout);
    let installed = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .try_init();
    if let (Ok(()), Some(error)) = (installed, problem) {
        tracing::warn!("the setting {LOG} is not understood, so `info` is logged: {error}");
    }
}
