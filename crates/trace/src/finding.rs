//! Something in a trace that an author should look at.

use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;

/// The words for a send that reached no client.
pub(crate) const NO_CLIENT: &str = " reached no client";

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
    /// How the whole trace went, if that is what this says.
    #[serde(skip)]
    pub(crate) outcome: Option<Outcome>,
}

impl Finding {
    fn new(level: Level, outcome: Option<Outcome>, text: impl Into<String>) -> Self {
        Self {
            level,
            text: text.into(),
            outcome,
        }
    }

    /// Whether it says that something reached no client, which the number of clients says as well.
    #[must_use]
    pub fn says_nobody_listens(&self) -> bool {
        self.level == Level::Note && self.text.contains(NO_CLIENT)
    }

    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self::new(Level::Bad, None, text)
    }

    pub(crate) fn failure(text: impl Into<String>) -> Self {
        Self::new(Level::Bad, Some(Outcome::Failed), text)
    }

    pub(crate) fn unhandled(text: impl Into<String>) -> Self {
        Self::new(Level::Bad, Some(Outcome::Unhandled), text)
    }

    pub(crate) fn note(text: impl Into<String>) -> Self {
        Self::new(Level::Note, None, text)
    }
}
