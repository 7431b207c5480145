//! Default mode: one invocation as a JSON envelope, and what its answer means.

mod advice;
mod answer;
mod base64_rule;
pub(crate) mod charset;
pub(crate) mod dates;
mod envelope;
mod expression;
pub(crate) mod header_names;
mod http_answer;
mod identities;
mod outputs;
mod preview;
mod request_object;

pub(crate) use advice::{advice, lost_logs};
pub(crate) use answer::{Answer, Parsed, parse};
pub(crate) use envelope::{BindingData, Envelope, for_message, for_object, for_timer, for_value};
pub(crate) use expression::resolve;
pub(crate) use http_answer::{HttpAnswer, http_answer};
pub(crate) use identities::KeyClaims;
pub(crate) use outputs::{Value, outputs};
pub(crate) use preview::preview;
pub(crate) use request_object::{Caller, for_http, joined, query};

/// An invocation that failed; its caller gets 500 without a body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvocationError {
    #[error("the handler could not be reached: {0}")]
    Unreachable(String),
    #[error(
        "the handler answered {0}; anything but 2xx fails the invocation, and its Outputs and Logs are lost"
    )]
    Status(u16),
    #[error("the handler's answer has the content type {found}; it must be application/json")]
    ContentType { found: String },
    // The body is not shown: it may hold a token.
    #[error(
        "Invalid HttpResponseMessage: StatusCode: {status}, {length} bytes that are not the JSON of an answer: {what}"
    )]
    Malformed {
        status: u16,
        length: usize,
        what: String,
    },
    #[error(
        "Failed while trying to Deserialize to httpOutputBindingResponse. Output is not in expected format: {0}"
    )]
    Response(String),
    /// The caller gets what comes before the header.
    #[error("the header cannot be sent: {what}")]
    Header {
        before: Box<HttpAnswer>,
        what: String,
    },
    #[error("Failed to proxy request with ForwarderError: {0}")]
    Forwarder(String),
    #[error("the function did not answer within functionTimeout ({0} s)")]
    TimedOut(u64),
    #[error(transparent)]
    Handler(#[from] crate::process::HandlerError),
    #[error("the input '{binding}': {what}")]
    Input { binding: String, what: String },
    #[error("the output '{binding}': {what}")]
    Output { binding: String, what: String },
    #[error("{0}")]
    Trigger(String),
    #[error("the host stops")]
    Stopping,
}
