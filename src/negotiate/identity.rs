//! The outcome of a negotiation rule.

use http::StatusCode;

use crate::handler::{Answer, Failure, Negotiate, Reply, Response};

/// Whom a negotiation rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Nobody in particular: the client may connect, without a user.
    Anonymous,
    /// A user.
    User(String),
    /// Somebody who gets no token.
    Refused {
        /// The status of the answer.
        status: u16,
        /// The text of the answer.
        message: String,
    },
}

impl Identity {
    /// A user with this id; the empty id is nobody in particular.
    #[must_use]
    pub fn user(id: impl Into<String>) -> Self {
        let id = id.into();
        if id.is_empty() {
            Self::Anonymous
        } else {
            Self::User(id)
        }
    }

    /// No token for this request.
    #[must_use]
    pub fn refuse(status: u16, message: impl Into<String>) -> Self {
        Self::Refused {
            status,
            message: message.into(),
        }
    }
}

impl Reply<Negotiate> for Identity {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(match self {
            Self::Anonymous => Answer::User(None),
            Self::User(id) => Answer::User(Some(id)),
            Self::Refused { status, message } => {
                let status = StatusCode::from_u16(status).ok();
                let status = status.filter(|status| status.is_client_error());
                let refused = Response::text(message);
                Answer::Http(refused.with_status(status.unwrap_or(StatusCode::FORBIDDEN)))
            }
        })
    }
}
