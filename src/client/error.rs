//! What can go wrong on the way to the service.
//!
//! These texts stand alone in a log, so each has its reasons in it; and what is in the text is no `source` besides, or
//! whoever prints a whole chain would read it twice.

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
    #[error("{}: {}", broken(*untouched), chain(reason))]
    Network {
        /// What the HTTP client says, without the address.
        reason: reqwest::Error,
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
pub(crate) enum FlushError {
    /// The handler put out something that cannot be sent; nothing was.
    #[error("outputs were refused and none was sent: {}", .0.join("; "))]
    Refused(Vec<String>),
    /// A call failed; those before it were made, those after it were not.
    #[error(
        "{failed}: {reason}; sent before it: {}; not sent after it: {}",
        list(sent),
        list(unsent)
    )]
    Failed {
        /// The action that failed.
        failed: Box<Action>,
        /// Why.
        reason: SendError,
        /// What was sent before.
        sent: Vec<Action>,
        /// What was not sent any more.
        unsent: Vec<Action>,
    },
}

/// What a connection's end means for the call.
fn broken(untouched: bool) -> &'static str {
    match untouched {
        true => "the service was not reached",
        false => "the connection to the service broke, and it may have taken the call",
    }
}

/// An error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

fn list(actions: &[Action]) -> String {
    if actions.is_empty() {
        return "nothing".to_owned();
    }
    let texts: Vec<String> = actions.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sio_protocol::names::HubName;
    use tokio::time::Instant;

    use super::super::{Call, ClientToken, Service};
    use super::*;
    use crate::io::Operation;
    use crate::settings::Settings;

    /// The text with all its causes, as `main` and the log of a failed handler print it.
    fn printed(error: impl std::error::Error + Send + Sync + 'static) -> String {
        let text = format!("{:#}", anyhow::Error::new(error));
        let parts: Vec<&str> = text.split(": ").collect();
        for (at, part) in parts.iter().enumerate() {
            assert!(!parts[at + 1..].contains(part), "{part:?} twice in {text}");
        }
        text
    }

    #[tokio::test]
    async fn no_reason_is_told_twice() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let text = format!("Endpoint=http://{address};AccessKey=k;");
        let settings = Settings::new().with(Settings::CONNECTION, text);
        let service = Service::new(settings.connection(Settings::CONNECTION).unwrap());
        let hub = HubName::new("hub").unwrap();
        let wanted = ClientToken {
            user: None,
            roles: &[],
            groups: &[],
            minutes: 1,
        };
        // So late that there is no second attempt.
        let deadline = Instant::now() + Duration::from_millis(100);
        let call = Call::generate_token(&hub, &wanted);
        let reason = service.send(&call, deadline).await.unwrap_err();
        assert!(matches!(reason, SendError::Network { .. }), "{reason}");
        assert!(reason.to_string().contains("refused"), "{reason}");
        let failed = Box::new(Action {
            hub: Arc::new(hub),
            audience: crate::io::Audience::default(),
            operation: Operation::Disconnect { close: false },
        });
        let text = printed(FlushError::Failed {
            failed,
            reason,
            sent: Vec::new(),
            unsent: Vec::new(),
        });
        assert!(text.contains("refused"), "{text}");

        let wrong = Settings::new().with(Settings::CONNECTION, "Endpoint=ftp://x;AccessKey=k");
        printed(wrong.connection(Settings::CONNECTION).unwrap_err());
        let unwritable = serde_json::from_str::<u8>("x").unwrap_err();
        printed(SendError::Sign(unwritable.into()));
    }
}
