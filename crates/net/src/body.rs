//! Bodies: one boxed type for what a server answers, and reading with a limit.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};

/// Any error of a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body of any origin.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A body of these bytes.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// No body.
#[must_use]
pub fn empty() -> Body {
    full(Bytes::new())
}

/// A body was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// It is longer than allowed.
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    /// It took longer than allowed.
    #[error("the body did not arrive within {0:?}")]
    TooSlow(Duration),
    /// The connection failed on the way.
    #[error("the body could not be read")]
    Lost(#[source] BoxError),
}

/// Reads a whole body, but no more than `limit` bytes.
///
/// # Errors
/// The body is longer, or does not arrive.
pub async fn limited<B>(body: B, limit: usize) -> Result<Bytes, LimitError>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    // A body that says how long it is need not be read to be refused.
    if body.size_hint().lower() > limit as u64 {
        return Err(LimitError::TooLong(limit));
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(LimitError::TooLong(limit)),
        Err(error) => Err(LimitError::Lost(error)),
    }
}

/// Reads a whole body, but no more than `limit` bytes, and for no longer than `time`.
///
/// # Errors
/// The body is longer, slower, or does not arrive.
pub async fn limited_within<B>(body: B, limit: usize, time: Duration) -> Result<Bytes, LimitError>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match tokio::time::timeout(time, limited(body, limit)).await {
        Ok(body) => body,
        Err(_) => Err(LimitError::TooSlow(time)),
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;

    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        assert_eq!(limited(full("abc"), 3).await.unwrap(), "abc");
        assert!(matches!(
            limited(full("abcd"), 3).await,
            Err(LimitError::TooLong(3))
        ));
        assert!(empty().is_end_stream());
    }
}
