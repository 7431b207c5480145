//! A ready-made rule: the user that a token of an identity provider names.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::Identity;
use crate::handler::{Function, IntoFunction, Negotiate, Ready, Request};
use crate::issuer::{Issuer, KeyError, is_extended};
use crate::telemetry::{Abridged, abridge};

/// The signatures that are accepted: those of public keys. A token never chooses one with a shared secret.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256];

/// The user that a token names. Made by [`Identity::bearer`].
#[derive(Debug, Clone)]
pub struct Bearer {
    issuer: Arc<Issuer>,
    audience: String,
    user_claim: String,
    lifetime: Option<Duration>,
    refused: Arc<Abridged>,
}

impl Identity {
    /// A rule: the user that a token of an identity provider names, which the page sends in the header
    /// `Authorization: Bearer …`. It needs no authentication by the platform.
    ///
    /// `issuer` is the provider's address, below which it publishes `.well-known/openid-configuration`; the keys are read
    /// from there and kept for a day. `audience` is the app that its tokens are for. A token is accepted if its signature
    /// (RS256, PS256 or ES256), its issuer, its audience and its times are valid; without a valid one the answer is 401,
    /// and the log says why.
    ///
    /// ```
    /// # use socketio_functions::prelude::*;
    /// # let app =
    /// App::new().hub(Hub::new("hub").negotiate(
    ///     "negotiate",
    ///     Identity::bearer("https://login.example", "api://chat").user_claim("email"),
    /// ))
    /// # ; app.check().unwrap();
    /// ```
    #[must_use]
    pub fn bearer(issuer: &str, audience: &str) -> Bearer {
        Bearer {
            issuer: Arc::new(Issuer::new(issuer.trim_end_matches('/').to_owned())),
            audience: audience.to_owned(),
            user_claim: "sub".to_owned(),
            lifetime: None,
            refused: Arc::default(),
        }
    }
}

impl Bearer {
    /// The same with another claim as the user's id; `sub` by default.
    #[must_use]
    pub fn user_claim(mut self, name: &str) -> Self {
        name.clone_into(&mut self.user_claim);
        self
    }

    /// The same with tokens for the service that are valid for this time, see [`Identity::lifetime`].
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// The user of a request.
    ///
    /// # Errors
    /// The provider's keys cannot be read.
    async fn identity(&self, request: Request) -> Result<Identity, KeyError> {
        let refused = |why: &dyn std::fmt::Display| {
            abridge!(warn, self.refused, "a negotiation was refused: {why}");
            Ok(Identity::refuse(401, "sign in first"))
        };
        let Some(token) = token(&request) else {
            return refused(&"the request has no bearer token");
        };
        let header = match decode_header(token) {
            Ok(header) => header,
            Err(error) => return refused(&format_args!("the token is invalid: {error}")),
        };
        if !ALGORITHMS.contains(&header.alg) {
            return refused(&"the token is not signed with RS256, PS256 or ES256");
        }
        if is_extended(token) {
            return refused(&"the token's header has crit, and no extension is known here");
        }
        let (key, issuers) = match self.issuer.key(&header.kid.unwrap_or_default()).await {
            Ok(found) => found,
            Err(error @ KeyError::Unknown) => return refused(&error),
            Err(error) => return Err(error),
        };
        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&issuers);
        let claims = match decode::<Map<String, Value>>(token, &key, &validation) {
            Ok(decoded) => decoded.claims,
            Err(error) => return refused(&format_args!("the token is invalid: {error}")),
        };
        let user = claims.get(&self.user_claim).and_then(Value::as_str);
        Ok(match user.filter(|user| !user.is_empty()) {
            Some(user) => match self.lifetime {
                Some(lifetime) => Identity::user(user).lifetime(lifetime),
                None => Identity::user(user),
            },
            None => {
                return refused(&format_args!(
                    "the token has no text as its claim {:?}",
                    self.user_claim
                ));
            }
        })
    }
}

/// The only bearer token of a request.
fn token(request: &Request) -> Option<&str> {
    let mut all = request.headers.get_all(AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl IntoFunction<Negotiate, Ready> for Bearer {
    type Future = std::future::Ready<()>;

    fn into_function(self, place: &'static Location<'static>) -> Function<Negotiate> {
        let rule = move |request: Request| {
            let bearer = self.clone();
            async move { bearer.identity(request).await }
        };
        Function::new(rule, place)
    }
}
