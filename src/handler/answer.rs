//! What becomes of an invocation: an answer, or the reason why there is none.

use bytes::Bytes;

use super::grant::Grant;
use super::http::Response;
use super::outputs::Outputs;

/// What a handler's return value means.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// Done; nothing to tell.
    Nothing,
    /// The acknowledgement of an event: a JSON list, and the bytes its placeholders stand for.
    Ack {
        /// `[…]`, one element an argument of the client's callback.
        list: String,
        /// Bytes among them.
        attachments: Vec<Bytes>,
    },
    /// A client is refused.
    Reject {
        /// HTTP status of the answer.
        status: http::StatusCode,
        /// What the client is told.
        message: String,
        /// What the client's code is told.
        data: Option<serde_json::Value>,
    },
    /// An HTTP response.
    Http(Response),
    /// A token is to be made that says this.
    Token(Grant),
    /// Values for output bindings.
    Outputs(Outputs),
}

/// An argument of a handler could not be made from the invocation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The client sent an argument of another shape.
    #[error("argument {position} of {event:?}: expected {expected}, {problem}")]
    Argument {
        /// The event.
        event: String,
        /// Counts from 1.
        position: usize,
        /// The type in the handler's signature.
        expected: String,
        /// What is wrong.
        problem: String,
    },
    /// The client sent more arguments than the handler takes.
    #[error("{found} arguments of {event:?} were sent where the handler takes {expected}")]
    TooMany {
        /// The event.
        event: String,
        /// What the handler takes.
        expected: usize,
        /// What came.
        found: usize,
    },
    /// The handler takes a user, and the connection is anonymous.
    #[error("the connection is anonymous; take `Option<UserId>` if that is expected")]
    Anonymous,
    /// The app has no value of a type that the handler takes as state.
    #[error("the app has no state of type {0}; register it with `App::state`")]
    State(&'static str),
    /// The handler takes a `Client`, and nothing connects this app to a service.
    #[error(
        "a `TestApp` has no service, so there is no `Client` in it; take `Io`, or test with `World`"
    )]
    NoService,
    /// The invocation does not say this.
    #[error("the invocation does not tell the {0}")]
    Missing(&'static str),
    /// The value of a trigger or of one of its properties has another shape.
    #[error("{what}: expected {expected}, {problem}")]
    Value {
        /// Which value.
        what: String,
        /// The type in the handler's signature.
        expected: String,
        /// What is wrong.
        problem: String,
    },
    /// An HTTP request lacks what the handler takes, or has it in another shape. Answered with this status.
    #[error("{problem}")]
    Request {
        /// The status of the answer.
        status: http::StatusCode,
        /// What is wrong; the caller is told.
        problem: String,
    },
}

/// Why a handler has not succeeded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// An argument could not be made.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The handler returned an error that is an answer. Whoever asked gets it, and what the handler has put out is not
    /// sent.
    #[error("the handler refused")]
    Refused(Box<Answer>),
    /// The handler returned an error.
    #[error("the handler failed: {0:#}")]
    Error(anyhow::Error),
    /// The handler panicked.
    #[error("the handler panicked: {0}")]
    Panic(String),
    /// The handler took too long.
    #[error("the handler did not answer within {0:?}")]
    Deadline(std::time::Duration),
    /// What the handler put out could not be sent.
    #[error(transparent)]
    Outputs(#[from] crate::client::FlushError),
    /// The invocation's body did not arrive or does not read.
    #[error("{0}")]
    Input(String),
}
