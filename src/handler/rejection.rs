//! Why an argument could not be made from an invocation.

use std::convert::Infallible;
use std::fmt;

use super::Refusal;

/// Why a handler's argument could not be made: a reason for the log, and what the client gets, if anything.
///
/// The handler is not called. Without a [`Refusal`] the invocation fails with the reason as its error. With one the
/// client gets the refusal, and the reason is logged as a warning.
///
/// ```
/// # use socketio_functions::prelude::*;
/// use socketio_functions::extract::Rejection;
///
/// // The client learns nothing of the database.
/// let failed = Rejection::new("cannot read the user: connection refused");
/// // The client gets this as its acknowledgement; the reason stays in the log.
/// let banned = Rejection::new("user \"eve\" is banned").refuse(Refusal::new((false, "You are banned.")));
/// # let _ = (failed, banned);
/// ```
#[derive(Debug, Clone)]
pub struct Rejection {
    reason: String,
    refusal: Option<Box<Refusal>>,
}

impl Rejection {
    /// A rejection for this reason, of which the client learns nothing.
    #[must_use]
    pub fn new(reason: impl fmt::Display) -> Self {
        Self {
            reason: reason.to_string(),
            refusal: None,
        }
    }

    /// What the client gets.
    #[must_use]
    pub fn refuse(mut self, refusal: Refusal) -> Self {
        self.refusal = Some(Box::new(refusal));
        self
    }

    /// What the client gets, if anything.
    #[must_use]
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_deref()
    }

    /// The invocation lacks something that every one of its kind should have.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(format_args!("the invocation has no {what}"))
    }

    /// A request does not have what the handler takes, or has it in another shape.
    pub(crate) fn request(status: http::StatusCode, problem: impl fmt::Display) -> Self {
        let refusal = Refusal::new(problem.to_string()).status(status.as_u16());
        Self::new(problem).refuse(refusal)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Rejection {}

impl From<Infallible> for Rejection {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::new(&refusal).refuse(refusal)
    }
}

impl From<anyhow::Error> for Rejection {
    /// An error that is a [`Refusal`] or a rejection stays what it is; the client learns nothing of any other.
    fn from(error: anyhow::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(rejection) => return rejection,
            Err(error) => error,
        };
        match error.downcast::<Refusal>() {
            Ok(refusal) => refusal.into(),
            Err(error) => Self::new(format_args!("{error:#}")),
        }
    }
}
