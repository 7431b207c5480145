//! What a connection may cost.

use std::time::Duration;

use hyper::{Request, StatusCode};

/// What a connection may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a client may take to send the head of a request, from its first byte; noticed up to half as much later.
    pub header_timeout: Duration,
    /// How long a connection may wait for its next request. Longer than clients keep theirs in a pool, so that the
    /// server never hangs up while a request is on its way.
    pub idle_timeout: Duration,
    /// How long open requests may go on after the server was told to stop.
    pub grace: Duration,
    /// Bytes of a request line; a longer one is answered with 414.
    pub line_bytes: usize,
    /// Bytes of all headers of a request; more are answered with 431.
    pub head_bytes: usize,
    /// Whether a request is answered to its end even if the client has gone meanwhile. Otherwise its future is dropped
    /// then.
    pub to_the_end: bool,
    /// Whether the body of an answer is copied behind its head and both are written together. That saves more than it
    /// costs where answers are short, and each connection keeps room for the longest that it has written.
    pub in_one_piece: bool,
    /// Whether the names of headers keep their casing when a request or an answer is passed on through hyper. Otherwise
    /// they are in lower case.
    pub keep_names: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(240),
            grace: Duration::from_secs(2),
            line_bytes: 64 * 1024,
            head_bytes: 64 * 1024,
            to_the_end: false,
            in_one_piece: false,
            keep_names: false,
        }
    }
}

/// A part of a head that is longer than its limit.
#[derive(Debug, thiserror::Error)]
#[error("{part} of {bytes} bytes, and {limit} are allowed")]
pub(crate) struct TooLong {
    part: &'static str,
    bytes: usize,
    limit: usize,
    /// What it is answered with.
    pub(crate) status: StatusCode,
}

impl Limits {
    /// The part of a request's head that is too long, if one is. hyper's own limit is that of its buffer, which a head
    /// may pass that arrives in one piece.
    pub(crate) fn too_long<B>(&self, request: &Request<B>) -> Option<TooLong> {
        let line = request.method().as_str().len()
            + request.uri().path().len()
            + request.uri().query().map_or(0, str::len);
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 4);
        let too_long = |part, bytes, limit, status| {
            (bytes > limit).then_some(TooLong {
                part,
                bytes,
                limit,
                status,
            })
        };
        let line = too_long(
            "a request line",
            line,
            self.line_bytes,
            StatusCode::URI_TOO_LONG,
        );
        line.or_else(|| {
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            too_long("headers", headers.sum(), self.head_bytes, status)
        })
    }

    /// The most that hyper reads of a head that arrives in pieces. hyper takes no less than 8 KiB.
    pub(crate) fn buffer(&self) -> usize {
        (self.line_bytes + self.head_bytes).max(8192)
    }
}
