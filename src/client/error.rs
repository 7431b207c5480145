//! What can go wrong on the way to the service.
//!
//! These texts stand alone in a log, so each has its reasons in it. Reasons in the text are not a `source` as well: a
//! printed chain would show them twice.

use std::time::Duration;

use crate::io::Action;

/// One call to the service failed. The text never shows an address's query, a key or a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The service answered something else than success.
    #[error("the service answered {status}{}{}", details(*status, code.as_deref(), reason.as_deref(), *bytes), unauthorized(*status, *clock_ahead))]
    Status {
        /// The status of the answer.
        status: u16,
        /// The service's own code for the error, if it gave one.
        code: Option<String>,
        /// What the service says is wrong, if it says so.
        reason: Option<String>,
        /// How long the call's body was.
        bytes: usize,
        /// How long the service asks us to wait.
        retry_after: Option<Duration>,
        /// By how many seconds this machine's clock is before the service's; negative if it is behind.
        clock_ahead: Option<i64>,
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
            // Another attempt meets the same certificate.
            Self::Network { reason, .. } => !is_about_certificate(reason),
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

/// A clock that differs by more than this makes tokens that do not hold yet, or no longer.
const CLOCK: i64 = 60;

/// What may be behind a 401: the key, or the clock that our tokens are dated by.
fn unauthorized(status: u16, clock_ahead: Option<i64>) -> String {
    match (status, clock_ahead) {
        (401, Some(ahead)) if ahead > CLOCK => {
            format!("; this machine's clock is {ahead} s ahead of the service's: set it right")
        }
        (401, Some(ahead)) if ahead < -CLOCK => {
            format!("; this machine's clock is {} s behind the service's: set it right", -ahead)
        }
        (401, Some(_)) => "; is the connection's access key or identity still valid there?".to_owned(),
        (401, None) => {
            "; is the connection's access key or identity still valid there, and this machine's clock right?".to_owned()
        }
        _ => String::new(),
    }
}

/// Whether TLS refused the service's certificate.
fn is_about_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // An I/O error hides the error that it is made of, and has the source of that.
        let inner = error.downcast_ref::<std::io::Error>();
        next = match inner.and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

/// The outputs of an invocation were not all sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FlushError {
    /// The handler put out something that cannot be sent; nothing was.
    #[error("outputs were refused and none was sent: {}", .0.join("; "))]
    Refused(Vec<String>),
    /// A call failed; those before it were made, those after it were not.
    #[error("{failed}: {reason}{}", around(sent, unsent))]
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

/// What is known of an answer besides its status. The length matters where it may be the reason.
fn details(status: u16, code: Option<&str>, reason: Option<&str>, bytes: usize) -> String {
    let mut text = code.map_or(String::new(), |code| format!(" ({code})"));
    if let Some(reason) = reason {
        text.push_str(": ");
        text.push_str(reason);
    }
    if matches!(status, 400 | 413) && bytes > LARGE {
        text.push_str(&format!(
            "; the body had {bytes} bytes, of which bytes in base64 are 4/3 of what they were, and the service takes at most 1 MB"
        ));
    }
    text
}

/// Bodies of fewer bytes do not cause an error.
const LARGE: usize = 64 * 1024;

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

/// What was sent before a failed call, and what was not sent after it, unless it was the only one.
fn around(sent: &[Action], unsent: &[Action]) -> String {
    match (sent, unsent) {
        ([], []) => String::new(),
        _ => format!(
            "; sent before it: {}; not sent after it: {}",
            list(sent),
            list(unsent)
        ),
    }
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

    #[test]
    fn a_certificate_that_tls_refuses_is_told_from_a_broken_connection() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot connect")]
        struct Connect(#[source] std::io::Error);
        let tls = |reason| Connect(std::io::Error::new(std::io::ErrorKind::InvalidData, reason));
        let refused = rustls::CertificateError::UnknownIssuer;
        assert!(is_about_certificate(&tls(refused.into())));
        assert!(!is_about_certificate(&tls(rustls::Error::DecryptError)));
        assert!(!is_about_certificate(&Connect(
            std::io::ErrorKind::ConnectionReset.into()
        )));
    }

    #[test]
    fn a_401_hints_at_the_clock_or_the_key() {
        let text = |status, clock_ahead| {
            let error = SendError::Status {
                status,
                code: None,
                reason: None,
                bytes: 0,
                retry_after: None,
                clock_ahead,
            };
            error.to_string()
        };
        assert!(text(401, Some(600)).contains("600 s ahead"));
        assert!(text(401, Some(-600)).contains("600 s behind"));
        assert!(!text(401, Some(1)).contains("clock"));
        assert!(text(401, None).contains("clock"));
        assert_eq!(text(403, Some(600)), "the service answered 403");
    }
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
        // A key of a JSON object is text.
        let claims = std::collections::HashMap::from([((0, 0), 0)]);
        let unwritable = sio_protocol::token::sign("key", &claims).unwrap_err();
        printed(SendError::Sign(unwritable));
    }
}
