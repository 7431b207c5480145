//! Whether a client may join a namespace.

use http::StatusCode;
use serde_json::Value;

use crate::handler::{Answer, Connect, Failure, Reply};

/// The answer to a client that asks to join.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admit {
    /// It may.
    Accept,
    /// It may not.
    Reject {
        /// From 400 to 499, but not 408. Anything else is logged and replaced by 403: the service tries again after 408 and
        /// 5xx, and would let the client in for a success.
        status: u16,
        /// What the client sees as `error.message`, if the service passes it on. A page needs a text of its own too.
        message: String,
        /// What the client sees as `error.data`, if the service passes it on.
        data: Option<Value>,
    },
}

impl Admit {
    /// Lets the client in.
    #[must_use]
    pub fn accept() -> Self {
        Self::Accept
    }

    /// Turns the client away with a status from 400 to 499, though not 408, and a message. Any other status becomes 403.
    #[must_use]
    pub fn reject(status: u16, message: impl Into<String>) -> Self {
        Self::Reject {
            status,
            message: message.into(),
            data: None,
        }
    }

    /// The same rejection with data for the client's code, which should not have to read the message. A client sees
    /// errors of the service beside those of the app; data tell them apart. Nothing changes where the client is let in.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// // socket.on("connect_error", (error) => error.data?.reason === "full" && …)
    /// async fn admit() -> Admit {
    ///     Admit::reject(403, "This table is full.").with_data(serde_json::json!({ "reason": "full" }))
    /// }
    /// # let _ = Hub::new("hub").on_connect(admit);
    /// ```
    #[must_use]
    pub fn with_data(mut self, value: impl Into<Value>) -> Self {
        if let Self::Reject { data, .. } = &mut self {
            *data = Some(value.into());
        }
        self
    }
}

impl Reply<Connect> for Admit {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(match self {
            Self::Accept => Answer::Nothing,
            Self::Reject {
                status,
                message,
                data,
            } => Answer::Reject {
                status: final_status(status),
                message,
                data,
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
                "a client was rejected with status {status}, which the service would repeat or take for a yes, so 403 is sent; use one from 400 to 499, but not 408"
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

    #[test]
    fn data_belong_to_a_rejection() {
        assert_eq!(Admit::accept().with_data(7), Admit::accept());
        let answer = Admit::reject(403, "no").with_data(7).reply().unwrap();
        let Answer::Reject { data, .. } = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(data, Some(7.into()));
    }
}
