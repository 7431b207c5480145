//! Something in a trace that an author should look at.

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// Possibly intended.
    Note,
    /// Wrong.
    Bad,
}

/// Something that an author should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// What it is, in a sentence without a full stop.
    pub text: String,
    /// Whether the whole trace counts as failed.
    #[serde(skip)]
    pub(crate) fails: bool,
}

impl Finding {
    pub(crate) fn new(level: Level, fails: bool, text: impl Into<String>) -> Self {
        Self {
            level,
            text: text.into(),
            fails,
        }
    }

    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self::new(Level::Bad, false, text)
    }

    pub(crate) fn failure(text: impl Into<String>) -> Self {
        Self::new(Level::Bad, true, text)
    }

    pub(crate) fn note(text: impl Into<String>) -> Self {
        Self::new(Level::Note, false, text)
    }
}
