//! How serious a line of the handler is.

use std::fmt;

/// How serious a console line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// For the host's own log, not the author's.
    System,
    /// Everything on stdout.
    Information,
    /// stderr with "warn" in it.
    Warning,
    /// stderr otherwise.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::System => "system",
            Self::Information => "info",
            Self::Warning => "warn",
            Self::Error => "error",
        })
    }
}
