//! The answer to a negotiation: address, path and token.
//!
//! Source: extension contract, "Negotiation (input binding)": "Result" and "Key mode".

use http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;
use sio_protocol::audience;
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::names::HubName;
use sio_protocol::token::{self, NewClaims};
use tokio::time::Instant;

use crate::client::{self, Service};
use crate::handler::{Failure, Response};

/// How long a client's token holds, in seconds: long enough to connect, and to reconnect for an hour.
const TOKEN_LIFETIME: i64 = 3600;

/// What a page needs to connect: `io(endpoint, { path, query: { access_token: token } })`.
#[derive(Debug, Clone, Serialize)]
pub struct Negotiation {
    /// Address of the service, without trailing slash.
    pub endpoint: String,
    /// Path of the hub's clients.
    pub path: String,
    /// Token for the user, valid for an hour.
    pub token: String,
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
        let endpoint = connection.endpoint().to_string();
        let audience = audience::client(&endpoint, hub);
        let claims = NewClaims::new(&audience, now, TOKEN_LIFETIME).user(user);
        Ok(Self {
            path: audience::client_path(hub),
            token: token::sign(connection.access_key(), &claims)?,
            endpoint,
        })
    }
}

/// The response of a negotiation function: the token is signed here with the service's key, or, for a connection by
/// identity, issued by the service.
///
/// # Errors
/// There is no token.
pub(crate) async fn answer(
    service: &Service,
    hub: &HubName,
    user: Option<&str>,
    deadline: Instant,
) -> Result<Response, Failure> {
    let failed = |error: anyhow::Error| Failure::Error(error);
    let negotiation = match service.key() {
        Some(connection) => Negotiation::sign(connection, hub, user, client::now())
            .map_err(|error| failed(error.into()))?,
        None => Negotiation {
            endpoint: service.endpoint().to_string(),
            path: audience::client_path(hub),
            token: service
                .client_token(hub, user, TOKEN_LIFETIME / 60, deadline)
                .await
                .map_err(|error| failed(error.into()))?,
        },
    };
    response(&negotiation)
}

fn response(negotiation: &Negotiation) -> Result<Response, Failure> {
    let response = Response::json(negotiation).map_err(|error| Failure::Error(error.into()))?;
    // The token is for one client; no cache may hand it to another.
    Ok(response.with_header(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_negotiation_is_reproduced() {
        let connection = ConnectionString::parse(
            "Endpoint=https://abc;AccessKey=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH;Version=1.0;",
        );
        let hub = HubName::new("chat").unwrap();
        let signed =
            Negotiation::sign(&connection.unwrap(), &hub, Some("uid"), 1_700_000_000).unwrap();
        let response = response(&signed).unwrap();
        assert_eq!(
            response.body,
            r#"{"endpoint":"https://abc","path":"/clients/socketio/hubs/chat","token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMzYwMCwiaWF0IjoxNzAwMDAwMDAwLCJhdWQiOiJodHRwczovL2FiYy9jbGllbnRzL3NvY2tldGlvL2h1YnMvY2hhdCIsInN1YiI6InVpZCJ9.rFor1UrcG_gshsTJbcV_zNEomWGapYSCxoe3oHSUmCo"}"#
        );
        assert_eq!(response.headers[CACHE_CONTROL], "no-store");
    }
}
