//! The principal that the platform found: App Service Authentication checks a token and puts what it says into a header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde::Deserialize;

use crate::settings::WebhookCaller;

use super::{Refused, is_caller};

const PRINCIPAL: &str = "x-ms-client-principal";

#[derive(Deserialize)]
struct Principal {
    claims: Vec<Claim>,
}

#[derive(Deserialize)]
struct Claim {
    typ: String,
    val: String,
}

/// The names under which a claim may appear: the token's own, or the long one that the platform translates it to.
const CALLER: [&str; 4] = [
    "appid",
    "azp",
    "oid",
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
];

/// Checks that the platform found the caller.
///
/// # Errors
/// It names no caller, or another one.
pub(super) fn check(headers: &HeaderMap, expected: &WebhookCaller) -> Result<(), Refused> {
    let mut all = headers.get_all(PRINCIPAL).iter();
    let value = all.next().ok_or(Refused::Nothing)?;
    if all.next().is_some() {
        // The platform writes one; another can only be a client's.
        return Err(Refused::Principal("it comes twice"));
    }
    let json = STANDARD
        .decode(value)
        .map_err(|_| Refused::Principal("it is not base64"))?;
    let principal: Principal = serde_json::from_slice(&json)
        .map_err(|_| Refused::Principal("it is not the expected JSON"))?;
    let values = |names: &'static [&'static str]| {
        let claims = principal.claims.iter();
        claims
            .filter(move |claim| names.contains(&claim.typ.as_str()))
            .map(|claim| claim.val.as_str())
    };
    // The platform may accept several audiences; ours is one of them.
    if !values(&["aud"]).any(|audience| audience == expected.audience) {
        return Err(Refused::Principal("its audience is another"));
    }
    if is_caller(values(&CALLER), expected) {
        Ok(())
    } else {
        Err(Refused::SomebodyElse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&str]) -> Result<(), Refused> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PRINCIPAL, STANDARD.encode(value).parse().unwrap());
        }
        let expected = crate::settings::Settings::new()
            .with(crate::settings::Settings::WEBHOOK_CALLER, "Caller-Id")
            .with(crate::settings::Settings::WEBHOOK_AUDIENCE, "api://app")
            .with(crate::settings::Settings::AUTH_ENABLED, "true");
        super::check(&headers, &expected.webhook_caller().unwrap().unwrap())
    }

    #[test]
    fn the_caller_is_told_by_client_or_object_id() {
        for claim in ["appid", "azp", "oid", CALLER[3]] {
            let principal = format!(
                r#"{{"auth_typ":"aad","claims":[{{"typ":"aud","val":"api://app"}},{{"typ":"{claim}","val":"caller-id"}}]}}"#
            );
            assert!(check(&[&principal]).is_ok(), "{claim}");
            assert!(check(&[&principal, &principal]).is_err());
            let other = principal.replace("caller-id", "another");
            assert!(matches!(check(&[&other]), Err(Refused::SomebodyElse)));
            let audience = principal.replace("api://app", "api://other");
            assert!(check(&[&audience]).is_err());
        }
        assert!(matches!(check(&[]), Err(Refused::Nothing)));
        assert!(matches!(check(&["x"]), Err(Refused::Principal(_))));
    }
}
