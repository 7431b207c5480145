//! What came of an event.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::template::TemplateError;

/// What came of an event.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// No handler takes it.
    Unmatched,
    /// A handler answered, with whatever status.
    Answered(Answer),
    /// No handler could be asked, or none answered.
    Failed(Failure),
}

/// An answer of a handler.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Utf8Bytes,
    /// How often the handler was asked.
    pub(crate) tries: usize,
}

/// What kept a webhook from being answered.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failure {
    /// A name that no header can carry.
    #[error("the header {0} cannot carry its value; the event is dropped")]
    Unsendable(String),
    /// The template made no URL.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The URL did not pass its validation.
    #[error("{0}")]
    Validation(String),
    /// The URL could not be asked for its validation, or did not answer.
    #[error("{0}")]
    Unvalidated(String),
    /// The time is up.
    #[error("no answer within {0:?}")]
    Deadline(Duration),
    /// The function app cannot be reached.
    #[error("the function app could not be reached: {0}")]
    Network(String),
    /// The answer is too long, or no text.
    #[error("the answer {0}")]
    Body(String),
    /// There is no HTTP client.
    #[error("no HTTP client: {0}")]
    Client(String),
}
