//! What becomes of a request to a function.

use http::{Response, StatusCode};
use sio_net::Body;

use super::response::empty;

/// An answer, or a failure.
pub(super) type Outcome = Result<Response<Body>, Box<Failed>>;

/// What the caller gets of a failure, and what the author is told of it.
pub(super) struct Failed {
    pub(super) response: Response<Body>,
    pub(super) why: String,
}

impl Failed {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            response: empty(status),
            why: why.into(),
        })
    }
}

pub(super) fn failed(error: &dyn std::error::Error) -> Box<Failed> {
    Failed::new(StatusCode::INTERNAL_SERVER_ERROR, chain(error))
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
