//! Why a handler has not succeeded.

use std::time::Duration;

use super::{Refusal, Rejection};
use crate::client::FlushError;
use crate::telemetry::{Abridged, abridge};

/// What follows from the failure of an event whose client waits for an acknowledgement.
pub(crate) const UNACKED: &str = "; the client's acknowledgement is not sent";

/// Why a handler has not succeeded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The handler refused: the client gets this answer, and nothing is sent.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// An argument could not be made, so the handler was not called.
    #[error(transparent)]
    Rejected(Rejection),
    /// The handler returned an error.
    #[error("the handler failed: {0:#}")]
    Failed(anyhow::Error),
    /// The handler panicked.
    #[error("the handler panicked: {0}")]
    Panicked(String),
    /// The handler took too long.
    #[error("the handler did not answer within {0:?}")]
    TimedOut(Duration),
    /// What the handler emitted could not be sent. Middleware does not see it: sending comes after.
    #[error("{0}")]
    Unsent(String),
    /// The invocation's body did not arrive or is not what the host or the service sends.
    #[error("{0}")]
    Invalid(String),
}

impl Failure {
    /// Writes it to the log, and what follows from it. What a client can send to cause it is among the unfit.
    pub(crate) fn log(&self, unfit: &Abridged, so: &str) {
        match self {
            Self::Rejected(_) | Self::Invalid(_) => abridge!(error, unfit, "{self}{so}"),
            _ => tracing::error!("{self}{so}"),
        }
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<FlushError> for Failure {
    fn from(error: FlushError) -> Self {
        Self::Unsent(error.to_string())
    }
}

impl From<anyhow::Error> for Failure {
    /// An error that is a [`Refusal`] or a [`Rejection`] stays what it is.
    fn from(error: anyhow::Error) -> Self {
        let error = match error.downcast::<Refusal>() {
            Ok(refusal) => return Self::Refused(Box::new(refusal)),
            Err(error) => error,
        };
        match error.downcast::<Rejection>() {
            Ok(rejection) => Self::Rejected(rejection),
            Err(error) => Self::Failed(error),
        }
    }
}
