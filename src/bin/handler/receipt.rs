//! What the page's callbacks get.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use socketio_functions::prelude::*;

/// The chat's answer to whatever it accepted.
#[derive(Debug, Serialize)]
pub(crate) struct Receipt {
    ok: bool,
    /// When it was accepted, in milliseconds since 1970.
    at: u64,
}

/// An acknowledgement of something accepted now.
pub(crate) fn accepted(at: u64) -> Ack<Receipt> {
    Ack(Receipt { ok: true, at })
}

/// An acknowledgement that says why something was not accepted.
pub(crate) fn refused(reason: &str) -> Refusal {
    Refusal::new(serde_json::json!({ "ok": false, "error": reason }))
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
