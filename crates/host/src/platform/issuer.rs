//! What a tenant's endpoints share: its name, its key, its header.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::error::Unspecified;
use serde_json::{Value, json};

use super::token::Signer;

/// The client id of the app's own managed identity.
pub(super) const APP: &str = "00000000-0000-0000-0000-0000000000a1";
/// The tenant's own id.
pub(super) const ID: &str = "00000000-0000-0000-0000-0000000000d4";

/// What requests need.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) name: String,
    pub(super) signer: Signer,
    /// What the identity endpoint wants to see, so that a page in a browser cannot ask it.
    pub(super) header: String,
}

impl Issuer {
    pub(super) fn token(
        &self,
        audience: &str,
        issuer: &str,
        changes: &Value,
    ) -> Result<String, Unspecified> {
        let now = unix_seconds();
        let mut claims = json!({
            "aud": audience, "iss": issuer, "iat": now, "nbf": now, "exp": now + 3600, "tid": ID,
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        self.signer.sign(&claims)
    }
}

pub(super) fn unix_seconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
