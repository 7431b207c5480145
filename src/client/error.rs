//! What can go wrong on the way to the service.

use std::time::Duration;

use crate::io::Action;

/// One call to the service failed. The text never shows an address's query, a key or a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The service answered something else than success.
    #[error("the service answered {status}{}", code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Status {
        /// The status of the answer.
        status: u16,
        /// The service's own code for the error, if it gave one.
        code: Option<String>,
        /// How long the service asks us to wait.
        retry_after: Option<Duration>,
    },
    /// The service was not reached, or the connection broke.
    #[error("the service was not reached: {source}")]
    Network {
        /// What the HTTP client says, without the address.
        source: reqwest::Error,
        /// Whether the service cannot have seen the call.
        untouched: bool,
    },
    /// The time for all calls of an invocation was used up.
    #[error("the service did not answer within {0:?}")]
    Deadline(Duration),
    /// The call could not be signed.
    #[error(transparent)]
    Sign(#[from] sio_protocol::token::SignError),
    /// No token was issued for the app's identity.
    #[error("no token for the app's identity: {0}")]
    Credential(String),
    /// The service's answer lacks something.
    #[error("the service's answer has {0}")]
    Answer(&'static str),
    /// What was asked for cannot be sent.
    #[error("refused: {}", .0.join("; "))]
    Refused(Vec<String>),
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built: {0}")]
    Build(String),
    /// No hub of the app bears the name.
    #[error("the app has no hub {0:?}")]
    Hub(String),
}

impl SendError {
    /// Whether the same call may work a little later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::Network { .. } => true,
            _ => false,
        }
    }

    /// How long the service asks us to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the service surely did nothing, so that even a call that must not happen twice can be made again.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        match self {
            // The service refuses these before it looks at the message.
            Self::Status { status, .. } => matches!(status, 429 | 503),
            Self::Network { untouched, .. } => *untouched,
            _ => false,
        }
    }
}

/// The outputs of an invocation were not all sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlushError {
    /// The handler put out something that cannot be sent; nothing was.
    #[error("outputs were refused and none was sent: {}", .0.join("; "))]
    Refused(Vec<String>),
    /// A call failed; those before it were made, those after it were not.
    #[error(
        "{failed}: {source}; sent before it: {}; not sent after it: {}",
        list(sent),
        list(unsent)
    )]
    Failed {
        /// The action that failed.
        failed: Box<Action>,
        /// Why.
        source: SendError,
        /// What was sent before.
        sent: Vec<Action>,
        /// What was not sent any more.
        unsent: Vec<Action>,
    },
}

fn list(actions: &[Action]) -> String {
    if actions.is_empty() {
        return "nothing".to_owned();
    }
    let texts: Vec<String> = actions.iter().map(ToString::to_string).collect();
    texts.join(", ")
}
