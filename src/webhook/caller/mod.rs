//! The caller that may post without a signature, and the two ways in which it proves who it is.
//!
//! It brings a bearer token, which is validated here where an issuer is configured. Without one, the platform in front
//! of the app has validated the token and names the caller in a header. That holds only if the platform is there to
//! write it, so an issuer is the better choice, and with an issuer the header has no effect.

mod bearer;
mod principal;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::issuer::{Issuer, KeyError};
use crate::settings::WebhookCaller;

/// Checks proofs of one caller.
#[derive(Debug)]
pub(super) struct Caller {
    expected: WebhookCaller,
    issuer: Option<Issuer>,
}

/// Why a request is not the caller's. The texts never show a token.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("it brings no bearer token")]
    NoToken,
    #[error("it brings no principal of the platform")]
    Nothing,
    #[error("it identifies a different caller than the configured one")]
    SomebodyElse,
    #[error("the platform's principal does not read: {0}")]
    Principal(&'static str),
    #[error("its token is invalid: {0}")]
    Token(String),
    #[error(transparent)]
    Keys(#[from] KeyError),
}

impl Caller {
    pub(super) fn new(expected: WebhookCaller) -> Self {
        Self {
            issuer: expected.issuer.clone().map(Issuer::new),
            expected,
        }
    }

    /// Whether a request is the caller's.
    ///
    /// # Errors
    /// Why it is not.
    pub(super) async fn admits(&self, headers: &HeaderMap) -> Result<(), Refused> {
        match &self.issuer {
            // Where tokens can be checked here, only that counts: a header is worth as much as the front that guards it.
            Some(issuer) => {
                let token = token(headers).ok_or(Refused::NoToken)?;
                bearer::check(token, &self.expected, issuer).await
            }
            None if self.expected.platform => principal::check(headers, &self.expected),
            None => Err(Refused::Nothing),
        }
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether any of a token's names for its bearer is the expected one.
fn is_caller<'a>(names: impl IntoIterator<Item = &'a str>, expected: &WebhookCaller) -> bool {
    let mut names = names.into_iter();
    names.any(|name| name.eq_ignore_ascii_case(&expected.id))
}
