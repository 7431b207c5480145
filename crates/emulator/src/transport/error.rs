//! Requests that Engine.IO refuses, with the numbers of its reference implementation.
//!
//! Source: docs/contracts/service.md, "Refusals before a session exists".

use http::{Response, StatusCode, header};
use sio_net::{Body, full};

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// `transport` is neither `polling` nor `websocket`.
    #[error("Transport unknown")]
    UnknownTransport,
    /// No session has this `sid`, or it has ended.
    #[error("Session ID unknown")]
    UnknownSession,
    /// A session is opened with GET.
    #[error("Bad handshake method")]
    HandshakeMethod,
    /// The request does not fit the state of its session.
    #[error("Bad request")]
    BadRequest,
    /// `EIO` is not 4.
    #[error("Unsupported protocol version")]
    Version,
}

impl Refusal {
    /// The number in the body.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::UnknownTransport => 0,
            Self::UnknownSession => 1,
            Self::HandshakeMethod => 2,
            Self::BadRequest => 3,
            Self::Version => 5,
        }
    }

    pub(super) fn response(self) -> Response<Body> {
        let body = format!(r#"{{"code":{},"message":"{self}"}}"#, self.code());
        let mut response = Response::new(full(body));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/json"),
        );
        response
    }
}
