//! HS256 tokens: what a client shows to connect, and what a REST call bears.
//!
//! The clock comes in as an argument, so that both sides can be tested at any time of their choosing.
//! Source: docs/contracts/service.md, "Access token" and "Common rules".

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde_json::{Map, Value};

/// How far clocks may differ, in seconds, before a time in a token counts.
pub const CLOCK_SKEW: i64 = 300;

/// The claims that this project puts into a token, in the order that the published ones have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewClaims<'a> {
    /// Not valid before, in seconds since 1970.
    pub nbf: i64,
    /// Not valid after.
    pub exp: i64,
    /// Issued at.
    pub iat: i64,
    /// The audience: a URL, see [`crate::audience`].
    pub aud: &'a str,
    /// The user, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<&'a str>,
}

impl<'a> NewClaims<'a> {
    /// Claims that hold from `now` for `lifetime` seconds.
    #[must_use]
    pub fn new(audience: &'a str, now: i64, lifetime: i64) -> Self {
        Self {
            nbf: now,
            exp: now.saturating_add(lifetime),
            iat: now,
            aud: audience,
            sub: None,
        }
    }

    /// The same for a user.
    #[must_use]
    pub fn user(mut self, user: Option<&'a str>) -> Self {
        self.sub = user.filter(|user| !user.is_empty());
        self
    }
}

/// A token could not be made: its claims cannot be written as JSON, or the key cannot sign.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign a token")]
pub struct SignError(#[from] jsonwebtoken::errors::Error);

/// Signs claims with an access key, whose UTF-8 bytes are the secret.
///
/// # Errors
/// The claims cannot be written as JSON.
pub fn sign(access_key: &str, claims: &impl Serialize) -> Result<String, SignError> {
    sign_under(&Header::default(), access_key, claims)
}

/// Does the same with a key id in the header, as tokens have that the service itself makes.
///
/// # Errors
/// The claims cannot be written as JSON.
pub fn sign_with_key_id(
    access_key: &str,
    key_id: &str,
    claims: &impl Serialize,
) -> Result<String, SignError> {
    let header = Header {
        kid: Some(key_id.to_owned()),
        ..Header::default()
    };
    sign_under(&header, access_key, claims)
}

fn sign_under(
    header: &Header,
    access_key: &str,
    claims: &impl Serialize,
) -> Result<String, SignError> {
    let key = EncodingKey::from_secret(access_key.as_bytes());
    Ok(jsonwebtoken::encode(header, claims, &key)?)
}

/// Claims of a token whose signature and times were checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// The user that the token names.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.0.get("sub").and_then(Value::as_str)
    }

    /// All values of a claim as text; a list gives one each.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<String> {
        self.0.get(name).map(texts).unwrap_or_default()
    }

    /// Every claim with all its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Vec<String>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), texts(value)))
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// Why a token is refused. None of the texts shows the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Not a JWT, another algorithm than HS256, or claims that are not an object.
    #[error("the token is malformed: {0}")]
    Malformed(String),
    /// None of the keys signed it.
    #[error("the token was signed with another key")]
    Signature,
    /// It has no expiry.
    #[error("the token has no exp claim")]
    NoExpiry,
    /// It has expired.
    #[error("the token expired {0} seconds ago")]
    Expired(i64),
    /// Its time has not come.
    #[error("the token is not valid before {0} seconds from now")]
    NotYetValid(i64),
    /// Its audience is another one.
    #[error("the token's audience is {found:?}")]
    Audience {
        /// The audiences that it names.
        found: Vec<String>,
    },
}

/// Checks signature, times and audience of a token at the time `now`.
///
/// `keys` are tried in turn, `accepts` is asked for each audience that the token names.
///
/// # Errors
/// The first rule that the token breaks, in the order of [`TokenError`].
pub fn verify(
    token: &str,
    keys: &[&str],
    now: i64,
    accepts: impl Fn(&str) -> bool,
) -> Result<Claims, TokenError> {
    let claims = Claims(check_signature(token, keys)?);
    let expiry = seconds(&claims.0, "exp").ok_or(TokenError::NoExpiry)?;
    // The signer chose these numbers, so they may be at either end of what a number can be.
    if now > expiry.saturating_add(CLOCK_SKEW) {
        return Err(TokenError::Expired(now.saturating_sub(expiry)));
    }
    if let Some(start) = seconds(&claims.0, "nbf")
        && now < start.saturating_sub(CLOCK_SKEW)
    {
        return Err(TokenError::NotYetValid(start.saturating_sub(now)));
    }
    let found = claims.values("aud");
    if !found.iter().any(|audience| accepts(audience)) {
        return Err(TokenError::Audience { found });
    }
    Ok(claims)
}

fn check_signature(token: &str, keys: &[&str]) -> Result<Map<String, Value>, TokenError> {
    let mut validation = Validation::new(Algorithm::HS256);
    // The times and the audience are checked above: with our clock, and by rule instead of by equality.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();

    let mut refused = TokenError::Signature;
    for key in keys {
        let key = DecodingKey::from_secret(key.as_bytes());
        match jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation) {
            Ok(data) => return Ok(data.claims),
            Err(error) => match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidSignature => {}
                _ => refused = TokenError::Malformed(error.to_string()),
            },
        }
    }
    Err(refused)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a time beyond the range of seconds saturates, which is what a comparison wants"
)]
fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    value.as_i64().or_else(|| value.as_f64().map(|f| f as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    const NOW: i64 = 1_700_000_000;
    /// `{"alg":"HS256","typ":"JWT"}`, as Microsoft's SDKs write it.
    const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

    fn token(claims: &NewClaims<'_>) -> String {
        sign(KEY, claims).unwrap()
    }

    /// Worked examples for docs/contracts/socketio-extension.md, "Key mode" and "Authorization of REST calls".
    #[test]
    fn the_published_tokens_hold_and_ours_say_the_same() {
        let chat = "https://abc/clients/socketio/hubs/chat";
        let send =
            "https://abc/api/hubs/chat/groups/0~L25z~cm0/:send?api-version=2024-12-01&filter=";
        let join = "https://abc/api/hubs/chat/:addToGroups?api-version=2024-12-01";
        for (key, audience, lifetime, user, token) in [
            (
                KEY,
                chat,
                3600,
                "uid",
                "eyJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMCwiaWF0IjoxNzAwMDAwMDAwLCJhdWQiOiJodHRwczovL2FiYy9jbGllbnRzL3NvY2tldGlvL2h1YnMvY2hhdCIsInN1YiI6InVpZCJ9.rFor1UrcG_gshsTJbcV_zNEomWGapYSCxoe3oHSUmCo",
            ),
            (
                KEY,
                "http://localhost:8080/clients/socketio/hubs/testHub",
                3600,
                "",
                "eyJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMCwiaWF0IjoxNzAwMDAwMDAwLCJhdWQiOiJodHRwOi8vbG9jYWxob3N0OjgwODAvY2xpZW50cy9zb2NrZXRpby9odWJzL3Rlc3RIdWIifQ.1UnaBGjxMElRe9bl2rkHRxu9SDp5qzh33P4JI8PaeW4",
            ),
            (
                "abcdefghijklmn",
                "https://abc.com/clients/socketio/hubs/hub",
                3600,
                "user",
                "eyJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMCwiaWF0IjoxNzAwMDAwMDAwLCJhdWQiOiJodHRwczovL2FiYy5jb20vY2xpZW50cy9zb2NrZXRpby9odWJzL2h1YiIsInN1YiI6InVzZXIifQ.7ERrsawrlRfRh-BG4BtDu4UgitetFzzgoCK0rn651JU",
            ),
            (
                KEY,
                chat,
                3600,
                "用户",
                "eyJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMCwiaWF0IjoxNzAwMDAwMDAwLCJhdWQiOiJodHRwczovL2FiYy9jbGllbnRzL3NvY2tldGlvL2h1YnMvY2hhdCIsInN1YiI6Ilx1NzUyOFx1NjIzNyJ9.-MTW-0ttjZDpjTNenUTDocVzgQjqsGn_hZdhOz60sEg",
            ),
            (
                KEY,
                join,
                300,
                "",
                "eyJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwMCwiaWF0IjoxNzAwMDAwMDAwLCJhdWQiOiJodHRwczovL2FiYy9hcGkvaHVicy9jaGF0LzphZGRUb0dyb3Vwcz9hcGktdmVyc2lvbj0yMDI0LTEyLTAxIn0.0E0EVXftKf5YSn3Ue9mEhxiVBeu-aq-nqtwPg3kv0Y0",
            ),
            (
                KEY,
                send,
                300,
                "",
                "eyJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwMCwiaWF0IjoxNzAwMDAwMDAwLCJhdWQiOiJodHRwczovL2FiYy9hcGkvaHVicy9jaGF0L2dyb3Vwcy8wfkwyNXp-Y20wLzpzZW5kP2FwaS12ZXJzaW9uPTIwMjQtMTItMDFcdTAwMjZmaWx0ZXI9In0.AP-SFrtKt4G8AffOrHAXqUjyx3vJpkfdKAfxvYm0uIc",
            ),
        ] {
            let claims = NewClaims::new(audience, NOW, lifetime).user(Some(user));
            let signed = sign(key, &claims).unwrap();
            let published = format!("{HEADER}.{token}");
            let said = |token: &str| verify(token, &[key], NOW, |aud| aud == audience).unwrap();
            assert_eq!(said(&signed), said(&published), "{audience} {user}");
        }
    }

    #[test]
    fn a_key_id_stands_in_the_header_and_verifies_all_the_same() {
        let claims = NewClaims::new("a", NOW, 60).user(Some("uid"));
        let token = sign_with_key_id(KEY, "s-1", &claims).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.kid.as_deref(), Some("s-1"));
        let claims = verify(&token, &[KEY], NOW, |_| true).unwrap();
        assert_eq!(claims.user(), Some("uid"));
    }

    #[test]
    fn a_captured_token_is_accepted() {
        let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJodHRwOi8vbG9jYWxob3N0OjgwODAvY2xpZW50cy9zb2NrZXRpby9odWJzL2h1YiIsImV4cCI6NDEwMjQ0NDgwMCwic3ViIjoiYWxpY2UifQ.ND1bsN2F5mDbyWhzdtJV7MRG570VJ01NHUg7lazKRgg";
        let keys = ["7aab239577fd4f24bc919802fb629f5f"];
        let claims = verify(token, &keys, NOW, |aud| {
            aud == "http://localhost:8080/clients/socketio/hubs/hub"
        });
        assert_eq!(claims.unwrap().user(), Some("alice"));
    }

    #[test]
    fn either_key_verifies_and_another_does_not() {
        let token = token(&NewClaims::new("a", NOW, 60));
        assert!(verify(&token, &["x", KEY], NOW, |_| true).is_ok());
        assert_eq!(
            verify(&token, &["x"], NOW, |_| true),
            Err(TokenError::Signature)
        );
    }

    #[test]
    fn five_minutes_of_skew_are_tolerated() {
        let token = token(&NewClaims::new("a", NOW, 0));
        let at = |now| verify(&token, &[KEY], now, |_| true);
        assert!(at(NOW + 120).is_ok());
        assert_eq!(at(NOW + 600), Err(TokenError::Expired(600)));
        assert!(at(NOW - 120).is_ok());
        assert_eq!(at(NOW - 600), Err(TokenError::NotYetValid(600)));
    }

    #[test]
    fn times_at_the_ends_of_all_numbers_are_times() {
        let at = |exp: i64, nbf: i64| {
            let claims = serde_json::json!({"aud": "a", "exp": exp, "nbf": nbf});
            verify(&sign(KEY, &claims).unwrap(), &[KEY], NOW, |_| true).map(drop)
        };
        assert_eq!(at(i64::MAX, i64::MIN), Ok(()));
        assert!(matches!(at(i64::MIN, 0), Err(TokenError::Expired(_))));
        assert!(matches!(
            at(i64::MAX, i64::MAX),
            Err(TokenError::NotYetValid(_))
        ));
    }

    #[test]
    fn what_is_missing_or_foreign_is_named() {
        let no_expiry = sign(KEY, &serde_json::json!({"aud": "a"})).unwrap();
        assert_eq!(
            verify(&no_expiry, &[KEY], NOW, |_| true),
            Err(TokenError::NoExpiry)
        );
        let several = sign(KEY, &serde_json::json!({"aud": ["a", "b"], "exp": NOW})).unwrap();
        assert!(verify(&several, &[KEY], NOW, |aud| aud == "b").is_ok());
        assert!(matches!(
            verify(&several, &[KEY], NOW, |aud| aud == "c"),
            Err(TokenError::Audience { .. })
        ));
        assert!(matches!(
            verify("abc", &[KEY], NOW, |_| true),
            Err(TokenError::Malformed(_))
        ));
    }

    #[test]
    fn other_algorithms_are_refused() {
        let key = EncodingKey::from_secret(KEY.as_bytes());
        let claims = NewClaims::new("a", NOW, 60);
        let header = jsonwebtoken::Header::new(Algorithm::HS512);
        let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        assert!(matches!(
            verify(&token, &[KEY], NOW, |_| true),
            Err(TokenError::Malformed(_))
        ));
        let none = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJhIiwiZXhwIjo0MTAyNDQ0ODAwfQ.";
        assert!(matches!(
            verify(none, &[KEY], NOW, |_| true),
            Err(TokenError::Malformed(_))
        ));
    }
}
