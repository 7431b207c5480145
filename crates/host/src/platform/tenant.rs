//! A tenant of Microsoft Entra on this machine: it issues tokens, and shows the keys that they are checked with.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use sio_net::{Body, Limits};
use tokio::task::JoinHandle;

use super::identity;
use super::token::Signer;

/// A tenant on a free port of 127.0.0.1, wherever else anything listens.
///
/// It has three parts, as an app in Azure finds them: an issuer whose keys can be read, an identity endpoint for the
/// app's own managed identity, and tokens for whom the caller names. Its key pair is made anew at each start, so a token
/// of one tenant is worth nothing to another, and nothing to anybody else. Dropped, it is gone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = sio_host::Tenant::start().await?;
/// // As a service's identity would bring it to a webhook.
/// let token = tenant.token("api://chat", &serde_json::json!({ "appid": "the-service" }))?;
/// assert_eq!(token.split('.').count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Tenant {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

/// What requests need.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) issuer: String,
    pub(super) signer: Signer,
    /// What the identity endpoint wants to see, so that a page in a browser cannot ask it.
    pub(super) header: String,
}

/// A tenant could not start, or could not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantError {
    /// No port of 127.0.0.1 could be had.
    #[error("the local tenant cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// No key pair could be made, or nothing be signed with it.
    #[error("the local tenant cannot sign, for the system has no random numbers")]
    Sign,
}

impl From<aws_lc_rs::error::Unspecified> for TenantError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Sign
    }
}

impl Tenant {
    /// The client id of the app's own managed identity.
    pub const APP: &'static str = "00000000-0000-0000-0000-0000000000a1";
    /// The client id of the service's managed identity, with which it calls webhooks.
    pub const SERVICE: &'static str = "00000000-0000-0000-0000-0000000000b2";
    /// The tenant's own id.
    pub const ID: &'static str = "00000000-0000-0000-0000-0000000000d4";

    /// Makes a key pair and listens.
    ///
    /// # Errors
    /// No port can be had, or no key pair be made.
    pub async fn start() -> Result<Self, TenantError> {
        let listener = sio_net::bind(([127, 0, 0, 1], 0).into()).await?;
        let shared = Arc::new(Shared {
            issuer: format!("http://{}", listener.local_addr()?),
            signer: Signer::generate()?,
            header: uuid::Uuid::new_v4().to_string(),
        });
        let known = shared.clone();
        let service = move |request| std::future::ready(answer(&known, &request));
        let limits = Limits::default();
        let server = sio_net::serve(listener, service, limits, std::future::pending());
        Ok(Self {
            shared,
            server: tokio::spawn(server),
        })
    }

    /// The name under which it issues tokens, and where its configuration is read.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// A token for an audience that holds for an hour, with these claims besides or instead: `appid` says whose
    /// application it is, `oid` which user's or identity's, `exp` until when.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn token(&self, audience: &str, claims: &Value) -> Result<String, TenantError> {
        Ok(self.shared.token(audience, &self.shared.issuer, claims)?)
    }

    /// The variables with which an app finds its managed identity, as App Service sets them.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, String); 2] {
        let endpoint = format!("{}{}", self.shared.issuer, identity::PATH);
        [
            ("IDENTITY_ENDPOINT", endpoint),
            ("IDENTITY_HEADER", self.shared.header.clone()),
        ]
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    pub(super) fn token(
        &self,
        audience: &str,
        issuer: &str,
        changes: &Value,
    ) -> Result<String, aws_lc_rs::error::Unspecified> {
        let now = unix_seconds();
        let mut claims = json!({
            "aud": audience, "iss": issuer, "iat": now, "nbf": now, "exp": now + 3600, "tid": Tenant::ID,
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

fn answer(shared: &Shared, request: &Request<Incoming>) -> Response<Body> {
    if request.method() != Method::GET {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    match request.uri().path() {
        identity::PATH => identity::answer(shared, request),
        "/.well-known/openid-configuration" => {
            let issuer = &shared.issuer;
            json_answer(&json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") }))
        }
        "/keys" => json_answer(&shared.signer.key_set()),
        _ => status(StatusCode::NOT_FOUND),
    }
}

pub(super) fn json_answer(value: &Value) -> Response<Body> {
    let mut response = Response::new(sio_net::full(value.to_string()));
    let headers = response.headers_mut();
    let json = http::HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(http::header::CONTENT_TYPE, json);
    let no_store = http::HeaderValue::from_static("no-store");
    headers.insert(http::header::CACHE_CONTROL, no_store);
    response
}

pub(super) fn status(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(sio_net::empty());
    *response.status_mut() = code;
    response
}
