//! How a trace went, in a word.

use serde::{Deserialize, Serialize};

/// How a trace went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It goes on.
    Running,
    /// Success.
    Ok,
    /// Success, with an acknowledgement.
    Acked,
    /// The client was refused.
    Refused,
    /// Success, but the app has no handler for it.
    Unhandled,
    /// A failure.
    Failed,
}

impl Outcome {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Running,
        Self::Ok,
        Self::Acked,
        Self::Refused,
        Self::Unhandled,
        Self::Failed,
    ];

    /// Whether an author should look at it.
    pub(crate) fn is_wrong(self) -> bool {
        matches!(self, Self::Unhandled | Self::Failed)
    }

    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ok => "ok",
            Self::Acked => "acked",
            Self::Refused => "refused",
            Self::Unhandled => "UNHANDLED",
            Self::Failed => "FAILED",
        }
    }
}
