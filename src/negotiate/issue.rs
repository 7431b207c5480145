//! Making the answer to a negotiation: address, path and token.
//!
//! Source: docs/contracts/socketio-extension.md, "Negotiation", "Result" and "Key mode".

use std::time::Duration;

use http::header::{CACHE_CONTROL, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sio_protocol::audience;
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::names::HubName;
use sio_protocol::token::{self, NewClaims};
use tokio::time::Instant;

use crate::client::{self, ClientToken, SendError, Service};
use crate::handler::{Answer, Failure, Grant, Http, Reply, Response};

/// How long a client's token is valid by default: long enough to connect, and to reconnect for an hour.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The least and the most that an app can choose.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The claims that a token has from elsewhere.
const TAKEN: [&str; 8] = [
    "aud",
    "exp",
    "iat",
    "iss",
    "nbf",
    "role",
    "sub",
    "webpubsub.group",
];

/// There is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NegotiateError {
    /// It would hold for too short or too long a time.
    #[error("a token cannot hold for {0:?}: a minute is the least, a day the most")]
    Lifetime(Duration),
    /// A claim of the app's own has the name of another.
    #[error("the claim {0:?} has a meaning of its own in a token; choose another name")]
    Claim(String),
    /// The service signs, and adds no claims of the app's own.
    #[error(
        "the connection is by identity, where the service itself signs tokens and adds no claim such as {0:?}; put it into a role, or connect with an access key"
    )]
    ForeignClaim(String),
    /// The rule refused.
    #[error("refused with status {status}: {message}")]
    Refused {
        /// The status that the rule chose.
        status: u16,
        /// The rule's words.
        message: String,
    },
    /// There are several hubs or none, and the handler named none of them.
    #[error("the app does not have exactly one hub: name one with `negotiator.hub(…)`")]
    NoHub,
    /// The app has no such hub.
    #[error("the app has no hub {0:?}")]
    Hub(String),
    /// The token could not be signed.
    #[error(transparent)]
    Sign(#[from] token::SignError),
    /// The service issued none.
    #[error(transparent)]
    Service(#[from] SendError),
}

/// What a page needs to connect: `io(endpoint, { path, query: { access_token: token } })`.
///
/// As the reply of an HTTP function it is JSON that no cache keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Negotiation {
    /// Address of the service, without trailing slash.
    pub endpoint: String,
    /// Path of the hub's clients.
    pub path: String,
    /// Token for the user, valid for an hour unless the rule chose another time.
    pub token: String,
}

/// The claims of a client's token, in the order of the published ones; what those have not comes after them.
#[derive(Serialize)]
struct ClientClaims<'a> {
    #[serde(flatten)]
    standard: NewClaims<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    role: &'a [String],
    #[serde(rename = "webpubsub.group", skip_serializing_if = "<[_]>::is_empty")]
    group: &'a [String],
    #[serde(flatten)]
    own: &'a Map<String, Value>,
}

impl Negotiation {
    /// Signs a token for a user at the time `now`, in seconds since 1970.
    ///
    /// # Errors
    /// The token could not be signed.
    pub fn sign(
        connection: &ConnectionString,
        hub: &HubName,
        user: Option<&str>,
        now: i64,
    ) -> Result<Self, token::SignError> {
        let grant = Grant {
            user: user.map(str::to_owned),
            ..Grant::default()
        };
        Self::grant(connection, hub, &grant, now)
    }

    fn grant(
        connection: &ConnectionString,
        hub: &HubName,
        grant: &Grant,
        now: i64,
    ) -> Result<Self, token::SignError> {
        let endpoint = connection.endpoint().to_string();
        let audience = audience::client(&endpoint, hub);
        let lifetime = i64::try_from(lifetime(grant).as_secs()).unwrap_or(i64::MAX);
        let claims = ClientClaims {
            standard: NewClaims::new(&audience, now, lifetime).user(grant.user.as_deref()),
            role: &grant.roles,
            group: &grant.groups,
            own: &grant.claims,
        };
        Ok(Self {
            path: audience::client_path(hub),
            token: token::sign(connection.access_key(), &claims)?,
            endpoint,
        })
    }
}

fn lifetime(grant: &Grant) -> Duration {
    grant.lifetime.unwrap_or(LIFETIME)
}

/// Whether a token can say this.
///
/// # Errors
/// What it cannot say.
pub(super) fn check(grant: &Grant) -> Result<(), NegotiateError> {
    let lifetime = lifetime(grant);
    if !(SHORTEST..=LONGEST).contains(&lifetime) {
        return Err(NegotiateError::Lifetime(lifetime));
    }
    let mut names = grant.claims.keys();
    match names.find(|name| TAKEN.contains(&name.as_str())) {
        Some(taken) => Err(NegotiateError::Claim(taken.clone())),
        None => Ok(()),
    }
}

/// Makes a token: it is signed here with the service's key, or, for a connection by identity, issued by the service.
///
/// # Errors
/// There is no token.
pub(crate) async fn issue(
    service: &Service,
    hub: &HubName,
    grant: &Grant,
    deadline: Instant,
) -> Result<Negotiation, NegotiateError> {
    check(grant)?;
    if let Some(connection) = service.key() {
        return Ok(Negotiation::grant(connection, hub, grant, client::now())?);
    }
    if let Some(name) = grant.claims.keys().next() {
        return Err(NegotiateError::ForeignClaim(name.clone()));
    }
    let wanted = ClientToken {
        user: grant.user.as_deref().filter(|user| !user.is_empty()),
        roles: &grant.roles,
        groups: &grant.groups,
        minutes: lifetime(grant).as_secs().div_ceil(60),
    };
    Ok(Negotiation {
        endpoint: service.endpoint().to_string(),
        path: audience::client_path(hub),
        token: service.client_token(hub, &wanted, deadline).await?,
    })
}

impl Reply<Http> for Negotiation {
    fn reply(self) -> Result<Answer, Failure> {
        Ok(Answer::Http(response(&self)?))
    }
}

/// The response of a negotiation function.
///
/// # Errors
/// It cannot be written.
pub(crate) fn response(negotiation: &Negotiation) -> Result<Response, Failure> {
    let response = Response::json(negotiation).map_err(|error| Failure::Failed(error.into()))?;
    // The token is for one client; no cache may hand it to another.
    Ok(response.with_header(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negotiation_says_where_to_connect_and_as_whom() {
        let connection = ConnectionString::parse(
            "Endpoint=https://abc;AccessKey=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH;Version=1.0;",
        );
        let hub = HubName::new("chat").unwrap();
        let signed =
            Negotiation::sign(&connection.unwrap(), &hub, Some("uid"), 1_700_000_000).unwrap();
        let response = response(&signed).unwrap();
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(body["endpoint"], "https://abc");
        assert_eq!(body["path"], "/clients/socketio/hubs/chat");
        let token = body["token"].as_str().unwrap();
        let key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
        let audience = "https://abc/clients/socketio/hubs/chat";
        let claims = token::verify(token, &[key], 1_700_000_000, |aud| aud == audience).unwrap();
        assert_eq!(claims.user(), Some("uid"));
        assert_eq!(claims.values("exp"), ["1700003600"]);
        assert_eq!(response.headers[CACHE_CONTROL], "no-store");
    }

    #[test]
    fn a_token_says_what_is_granted() {
        let connection = ConnectionString::parse("Endpoint=https://abc;AccessKey=key;").unwrap();
        let hub = HubName::new("chat").unwrap();
        let grant = Grant {
            user: Some("ada".to_owned()),
            lifetime: Some(SHORTEST),
            roles: vec!["writer".to_owned(), "admin".to_owned()],
            groups: vec!["plain".to_owned()],
            claims: Map::from_iter([("tenant".to_owned(), Value::from(7))]),
        };
        let signed = Negotiation::grant(&connection, &hub, &grant, 1_700_000_000).unwrap();
        let claims = token::verify(&signed.token, &["key"], 1_700_000_000, |_| true).unwrap();
        assert_eq!(claims.user(), Some("ada"));
        assert_eq!(claims.values("exp"), ["1700000060"]);
        assert_eq!(claims.values("role"), ["writer", "admin"]);
        assert_eq!(claims.values("webpubsub.group"), ["plain"]);
        assert_eq!(claims.values("tenant"), ["7"]);
    }
}
