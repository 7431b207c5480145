//! What a handler's return value means.

use bytes::Bytes;

use super::grant::Grant;
use super::http::Response;
use super::outputs::Outputs;

/// What a handler's return value means.
#[derive(Debug, Clone)]
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
