//! What becomes of a request to a function.

use http::{Response, StatusCode};
use sio_net::Body;

/// An answer, or the status of the failure and what it was.
pub(super) type Outcome = Result<Response<Body>, (StatusCode, String)>;

pub(super) fn failed(error: &dyn std::error::Error) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, chain(error))
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
