//! Whether a client may join a namespace.

use http::StatusCode;

use crate::handler::{Answer, Connect, Failure, Reply};

/// The answer to a client that asks to join.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admit {
    /// It may.
    Accept,
    /// It may not.
    Reject {
        /// A client error from 400 to 499; others are replaced by 403, since the service would try a 5xx again.
        status: u16,
        /// What the client sees as `error.message`, if the service passes it on. A page needs a text of its own too.
        message: String,
    },
}

impl Admit {
    /// Lets the client in.
    #[must_use]
    pub fn accept() -> Self {
        Self::Accept
    }

    /// Turns the client away with a status from 400 to 499 and a message.
    #[must_use]
    pub fn reject(status: u16, message: impl Into<String>) -> Self {
        Self::Reject {
            status,
            message: message.into(),
        }
    }
}

impl Reply<Connect> for Admit {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(match self {
            Self::Accept => Answer::Nothing,
            Self::Reject { status, message } => Answer::Reject {
                status: final_status(status),
                message,
            },
        })
    }
}

impl Reply<Connect> for () {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(Answer::Nothing)
    }
}

/// A status that says no for good. The service repeats a request that got 408 or 5xx, and a success would admit.
fn final_status(status: u16) -> StatusCode {
    match StatusCode::from_u16(status) {
        Ok(status) if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT => status,
        _ => {
            tracing::warn!(
                "a client was rejected with status {status}, which is none; 403 is sent"
            );
            StatusCode::FORBIDDEN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_is_always_final() {
        for (status, sent) in [
            (401, 401),
            (404, 404),
            (408, 403),
            (500, 403),
            (200, 403),
            (7, 403),
        ] {
            let answer = Admit::reject(status, "no").reply().unwrap();
            let Answer::Reject { status, .. } = answer else {
                panic!("{answer:?}")
            };
            assert_eq!(status, sent);
        }
    }
}
