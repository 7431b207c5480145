//! Logs in the form that the Functions host understands.
//!
//! The host takes every line of stdout for information and every line of stderr for an error, or for a warning if the
//! line says so; and where an invocation comes in an envelope, the answer may bring lines that the host files under
//! that invocation. So an invocation's DEBUG and INFO travel in its answer where there is one that can carry them, else
//! on stdout; WARN and ERROR go to stderr at once. Each event is one line with the function and the invocation's id,
//! without colour and without a time, which the host adds. Sources: docs/contracts/functions-host.md, "stdout and
//! stderr" and "Logs and levels".

#[cfg(test)]
#[cfg(feature = "otel")]
mod collector;
pub(crate) mod count;
mod event_end;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod host;
mod line;
#[cfg(feature = "otel")]
mod metrics;
#[cfg(feature = "otel")]
mod otel;
mod panics;
mod record;
mod scrub;

use std::sync::Arc;
use std::time::Duration;

use sio_net::Lines;
pub(crate) use sio_net::{Abridged, abridge};
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::settings::{Settings, SettingsError};

pub(crate) use self::record::{Record, traceparent};

use self::host::Host;
pub(crate) use self::host::Stream;
#[cfg(test)]
pub(crate) use self::line::in_one_piece;
pub(crate) use self::scrub::Secrets;

/// How long the end of the process waits for readers of its last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The target of invocations' spans, which no filter drops.
const TARGET: &str = "socketio_functions::invocation";

/// The log of this process, which is complete when this is dropped.
#[derive(Debug, Default)]
#[must_use = "dropping it ends the export of spans"]
pub(crate) struct Telemetry {
    #[cfg(feature = "otel")]
    exporter: Option<otel::Exporter>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // It sends what is left, and may have something to say about it.
        #[cfg(feature = "otel")]
        drop(self.exporter.take());
        Lines::stdout().flush(LAST_LINES);
        Lines::stderr().flush(LAST_LINES);
    }
}

/// Writes the reason why a process ends as its last lines. Returns the reason without secrets, in one line.
pub(crate) fn last_line(reason: &str, settings: &Settings) -> String {
    let secrets = Secrets::of(settings.secrets());
    let lines = reason.lines();
    let lines =
        lines.map(|text| line::with_text(Level::ERROR, "", format_args!("{text}"), &secrets));
    let lines: Vec<String> = lines.collect();
    Lines::stderr().write(format!("{}\n", lines.join("\n")).as_bytes());
    Lines::stderr().flush(LAST_LINES);
    let plain = lines.iter().map(|line| line.trim_start_matches("ERROR: "));
    plain.collect::<Vec<_>>().join("; ")
}

/// Installs the log of this process, whose information goes to a stream, and writes panics to it. A log that is already
/// there stays.
///
/// # Errors
/// The setting that says what is logged says nothing of the sort.
pub(crate) fn install(
    settings: &Settings,
    information: Stream,
) -> Result<Telemetry, SettingsError> {
    let directives = settings.get(Settings::LOG).unwrap_or("info");
    let filter = EnvFilter::try_new(directives).map_err(|error| SettingsError::Log {
        found: directives.to_owned(),
        problem: error.to_string(),
    })?;
    // Whatever is filtered, an invocation must be there to be named in the lines that are not.
    let filter = match format!("{TARGET}=error").parse() {
        Ok(always) => filter.add_directive(always),
        Err(_) => filter,
    };
    let secrets = Arc::new(Secrets::of(settings.secrets()));
    panics::log_through(secrets.clone());
    let subscriber = tracing_subscriber::registry()
        .with(filter)
        .with(Host::new(secrets, information));
    #[cfg(feature = "otel")]
    let (exporter, refused) = match otel::Exporter::of(settings) {
        Ok(exporter) => (exporter, None),
        Err(problem) => (None, Some(problem)),
    };
    #[cfg(feature = "otel")]
    let subscriber = subscriber.with(exporter.as_ref().map(otel::Exporter::layer));
    let _ = subscriber.try_init();
    #[cfg(feature = "otel")]
    if let Some(problem) = refused {
        tracing::warn!("spans are not exported: {problem}");
    }
    Ok(Telemetry {
        #[cfg(feature = "otel")]
        exporter,
    })
}
