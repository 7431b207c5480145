//! A tenant of Microsoft Entra on this machine: it issues tokens, and shows the keys that they are checked with.

use std::sync::Arc;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use sio_net::{Body, Limits};
use tokio::task::JoinHandle;

use super::answer::{json_answer, status};
use super::identity;
use super::issuer::{self, Issuer};
use super::token::Signer;

/// A tenant on a free port of 127.0.0.1, wherever else anything listens.
///
/// It has three parts, as an app in Azure finds them: an issuer whose keys can be read, an identity endpoint for the
/// app's own managed identity, and tokens for the users that the caller names. Its key pair is made anew at each start,
/// so a token of one tenant is worth nothing elsewhere. Dropped, it is gone.
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
    issuer: Arc<Issuer>,
    server: JoinHandle<()>,
}

/// A tenant could not start, or could not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantError {
    /// No port of 127.0.0.1 could be bound.
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
    pub const APP: &'static str = issuer::APP;
    /// The client id of the service's managed identity, with which it calls webhooks.
    pub const SERVICE: &'static str = "00000000-0000-0000-0000-0000000000b2";
    /// The tenant's own id.
    pub const ID: &'static str = issuer::ID;

    /// Makes a key pair and listens.
    ///
    /// # Errors
    /// No port can be bound, or no key pair can be made.
    pub async fn start() -> Result<Self, TenantError> {
        let listener = sio_net::bind(([127, 0, 0, 1], 0).into()).await?;
        let issuer = Arc::new(Issuer {
            name: format!("http://{}", listener.local_addr()?),
            signer: Signer::generate()?,
            header: uuid::Uuid::new_v4().to_string(),
        });
        let known = issuer.clone();
        let service = move |request| std::future::ready(answer(&known, &request));
        let limits = Limits::default();
        let server = sio_net::serve(listener, service, limits, std::future::pending());
        Ok(Self {
            issuer,
            server: tokio::spawn(server),
        })
    }

    /// The name under which it issues tokens, and where its configuration is read.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer.name
    }

    /// A token for an audience that holds for an hour, with these claims besides or instead: `appid` says whose
    /// application it is, `oid` which user's or identity's, `exp` until when.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn token(&self, audience: &str, claims: &Value) -> Result<String, TenantError> {
        Ok(self.issuer.token(audience, &self.issuer.name, claims)?)
    }

    /// The variables with which an app finds its managed identity, as App Service sets them.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, String); 2] {
        let endpoint = format!("{}{}", self.issuer.name, identity::PATH);
        [
            ("IDENTITY_ENDPOINT", endpoint),
            ("IDENTITY_HEADER", self.issuer.header.clone()),
        ]
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn answer(issuer: &Issuer, request: &Request<Incoming>) -> Response<Body> {
    if request.method() != Method::GET {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    match request.uri().path() {
        identity::PATH => identity::answer(issuer, request),
        "/.well-known/openid-configuration" => {
            let name = &issuer.name;
            json_answer(&json!({ "issuer": name, "jwks_uri": format!("{name}/keys") }))
        }
        "/keys" => json_answer(&issuer.signer.key_set()),
        _ => status(StatusCode::NOT_FOUND),
    }
}
