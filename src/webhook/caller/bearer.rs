//! A bearer token, validated: signature, issuer, audience, times, and whose it is.

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;

use crate::issuer::{Issuer, is_extended};
use crate::settings::WebhookCaller;

use super::{Refused, is_caller};

/// What a token of Microsoft Entra says about its bearer: the application by `appid` (version 1) or `azp` (version 2),
/// its identity in the tenant by `oid`.
#[derive(Deserialize)]
struct Bearer {
    appid: Option<String>,
    azp: Option<String>,
    oid: Option<String>,
}

/// Checks that a token is the caller's.
///
/// # Errors
/// Why it is not.
pub(super) async fn check(
    token: &str,
    expected: &WebhookCaller,
    issuer: &Issuer,
) -> Result<(), Refused> {
    let invalid = |error: jsonwebtoken::errors::Error| Refused::Token(error.to_string());
    let header = decode_header(token).map_err(invalid)?;
    // One algorithm, and never one that the token may choose: that of the public keys.
    if header.alg != Algorithm::RS256 {
        return Err(Refused::Token("its algorithm is not RS256".to_owned()));
    }
    if is_extended(token) {
        return Err(Refused::Token(
            "its header has crit, and no extension is known here".to_owned(),
        ));
    }
    let kid = header.kid.unwrap_or_default();
    let (key, issuers) = issuer.key(&kid).await?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_nbf = true;
    validation.set_audience(&[&expected.audience]);
    validation.set_issuer(&issuers);
    let bearer = decode::<Bearer>(token, &key, &validation)
        .map_err(invalid)?
        .claims;
    let names = [&bearer.appid, &bearer.azp, &bearer.oid];
    if is_caller(names.into_iter().filter_map(Option::as_deref), expected) {
        Ok(())
    } else {
        Err(Refused::SomebodyElse)
    }
}
