//! What every invocation has, whatever its kind: an id, and a time by which it must end.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use tokio::time::Instant;

static INVOCATION_ID: HeaderName = HeaderName::from_static("x-azure-functions-invocationid");

/// Later than any invocation ends.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The id that the Functions host gave an invocation; it stands in the platform's logs. Empty where none was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct InvocationId(String);

impl InvocationId {
    /// An id as the host wrote it.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id in a request's headers. When the host forwards a request, a forged id may stand in front of its own,
    /// which is the last.
    #[must_use]
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let ids = headers.get_all(&INVOCATION_ID);
        let last = ids.iter().next_back().and_then(|id| id.to_str().ok());
        let last = last.unwrap_or_default();
        let own = last.rfind(',').map_or(last, |comma| &last[comma + 1..]);
        Self::new(own.trim_ascii())
    }

    /// Whether the host has given a request an id.
    #[must_use]
    pub(crate) fn is_in(headers: &HeaderMap) -> bool {
        !Self::from_headers(headers).0.is_empty()
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// When an invocation must have ended, its outputs included.
///
/// Whatever runs longer is given up: the handler is dropped at its next `await`, and the invocation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    end: Instant,
    limit: Duration,
}

impl Deadline {
    /// A deadline that is `limit` away.
    #[must_use]
    pub(crate) fn after(limit: Duration) -> Self {
        // A limit beyond what the clock can count does not apply.
        let now = Instant::now();
        let end = now.checked_add(limit).unwrap_or(now + FAR);
        Self { end, limit }
    }

    /// When it is.
    #[must_use]
    pub(crate) fn instant(&self) -> Instant {
        self.end
    }

    /// How long the invocation was given altogether.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// How long the invocation has taken so far.
    #[must_use]
    pub(crate) fn used(&self) -> Duration {
        self.limit.saturating_sub(self.remaining())
    }

    /// How much of that is left.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

/// What every invocation has, whatever its kind.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The id that the host gave it.
    pub id: InvocationId,
    /// When it must have ended.
    pub deadline: Deadline,
}

impl Invocation {
    /// An invocation that begins now and may last for `limit`.
    #[must_use]
    pub(crate) fn new(id: InvocationId, limit: Duration) -> Self {
        Self {
            id,
            deadline: Deadline::after(limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_may_be_as_long_as_it_likes() {
        let deadline = Deadline::after(Duration::MAX);
        assert!(deadline.remaining() > Duration::from_secs(1_000_000));
    }

    #[test]
    fn the_last_invocation_id_is_the_hosts() {
        let id = |headers: &HeaderMap| InvocationId::from_headers(headers).as_str().to_owned();
        let mut headers = HeaderMap::new();
        assert_eq!(id(&headers), "");
        headers.append("x-azure-functions-invocationid", "forged".parse().unwrap());
        headers.append("x-azure-functions-invocationid", "real".parse().unwrap());
        assert_eq!(id(&headers), "real");
        headers.clear();
        headers.append(
            "x-azure-functions-invocationid",
            "forged, real".parse().unwrap(),
        );
        assert_eq!(id(&headers), "real");
    }
}
