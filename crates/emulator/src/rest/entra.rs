//! Tokens in the form that Microsoft Entra gives them.
//!
//! Their signature cannot be checked here, so they are accepted unchecked, and only if the settings allow it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sio_protocol::token::CLOCK_SKEW;

/// What the scope `https://webpubsub.azure.com/.default` makes the audience of a token.
const AUDIENCE: &str = "https://webpubsub.azure.com";

const ISSUERS: [&str; 2] = [
    "https://sts.windows.net/",
    "https://login.microsoftonline.com/",
];

#[derive(Deserialize)]
struct Head {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    exp: i64,
    #[serde(default)]
    nbf: i64,
}

/// Whether a token looks like one of Microsoft Entra for the service, and its time has come and not passed.
pub(super) fn accepts(token: &str, now: i64) -> bool {
    let mut parts = token.split('.');
    let (Some(head), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some(head) = decode::<Head>(head) else {
        return false;
    };
    let Some(claims) = decode::<Claims>(claims) else {
        return false;
    };
    head.alg == "RS256"
        && claims.aud.trim_end_matches('/') == AUDIENCE
        && ISSUERS.iter().any(|issuer| claims.iss.starts_with(issuer))
        && now <= claims.exp.saturating_add(CLOCK_SKEW)
        && now >= claims.nbf.saturating_sub(CLOCK_SKEW)
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
