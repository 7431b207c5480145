//! The content of a recording's file.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::secrets;

/// One request to the handler and its answer, as [`crate::Builder::record`] keeps them.
///
/// Keys, bearer tokens and cookies are left out or masked. The service's `ce-signature` stays, since the handler checks
/// it: a recording of an event holds a signature that is valid for this one connection id.
///
/// ```
/// let recording: sio_host::Recording = serde_json::from_str(
///     r#"{
///         "function": "hello", "mode": "proxied", "method": "GET", "path": "/api/hello?name=ada",
///         "headers": { "accept": ["*/*"] }, "body": "",
///         "answer": { "status": 200, "headers": { "content-type": ["text/plain"] }, "body": "hello ada" }
///     }"#,
/// )?;
/// assert_eq!(recording.answer.body.bytes(), Some(b"hello ada".to_vec()));
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recording {
    /// The function that was invoked.
    pub function: String,
    /// How the handler was asked: `envelope`, `forwarded` or `proxied`.
    pub mode: String,
    /// The request's method.
    pub method: String,
    /// The request's path and query.
    pub path: String,
    /// The request's headers, but for those of one connection and those that are credentials.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The request's body.
    pub body: RecordedBody,
    /// What the handler answered.
    pub answer: RecordedAnswer,
}

/// What the handler answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedAnswer {
    /// Its status.
    pub status: u16,
    /// Its headers, but for those of one connection and those that are credentials.
    pub headers: BTreeMap<String, Vec<String>>,
    /// Its body.
    pub body: RecordedBody,
}

/// A body: text where it is UTF-8, `{"base64": "…"}` where it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum RecordedBody {
    /// UTF-8, with tokens and keys masked.
    Text(String),
    /// Anything else, in standard base64.
    #[non_exhaustive]
    Binary {
        /// The bytes.
        base64: String,
    },
}

impl RecordedBody {
    /// The bytes to send; `None` if the base64 is invalid.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Binary { base64 } => BASE64_STANDARD.decode(base64).ok(),
        }
    }
}

impl RecordedAnswer {
    /// An answer as a recording would hold it.
    #[must_use]
    pub fn of(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        Self {
            status,
            headers: secrets::kept(headers),
            body: recorded(body),
        }
    }
}

pub(super) fn recorded(body: &[u8]) -> RecordedBody {
    match std::str::from_utf8(body) {
        Ok(text) => RecordedBody::Text(secrets::masked(text)),
        Err(_) => RecordedBody::Binary {
            base64: BASE64_STANDARD.encode(body),
        },
    }
}
