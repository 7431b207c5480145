//! The service's REST data plane: what each action becomes, who signs it, and what happens when it fails.

mod access;
mod back_off;
mod call;
#[cfg(feature = "entra")]
mod credential;
#[cfg(feature = "entra")]
mod entra;
mod error;
mod flush;
mod sender;
mod service;

pub(crate) use call::{Call, ClientToken};
#[cfg(feature = "entra")]
pub use entra::IdentityTokens;
pub(crate) use error::FlushError;
pub use error::SendError;
pub(crate) use flush::{Services, flush};
pub use sender::{Client, Receivers, Sending};
pub(crate) use service::Service;

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
#[must_use]
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
