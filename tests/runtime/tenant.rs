//! A tenant on loopback: an identity endpoint, an issuer with its keys, and a service that takes the identity's token.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::json;
use sio_net::{Body, Limits, full, limited};
use tokio::task::JoinHandle;

/// What the identity endpoint issues.
pub(crate) const IDENTITY_TOKEN: &str = "token-of-the-identity";
/// What the identity endpoint wants to see.
pub(crate) const IDENTITY_HEADER: &str = "header-of-the-platform";
pub(crate) const AUDIENCE: &str = "api://chat";
pub(crate) const CALLER: &str = "00000000-0000-0000-0000-00000000ca11";

/// A request that came: method and target, and its authorization.
pub(crate) type Seen = (String, String, String);

pub(crate) struct Tenant {
    pub(crate) base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    key: Arc<RsaKeyPair>,
    server: JoinHandle<()>,
}

impl Drop for Tenant {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Tenant {
    pub(crate) async fn start() -> Self {
        let listener = sio_net::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let key = Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
        let shared = (seen.clone(), key.clone(), base.clone());
        let service = move |request| answer(request, shared.clone());
        let server = tokio::spawn(sio_net::serve(
            listener,
            service,
            Limits::default(),
            std::future::pending(),
        ));
        Self {
            base,
            seen,
            key,
            server,
        }
    }

    /// What came so far whose target begins with this.
    pub(crate) fn seen(&self, start: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        let fits = seen.iter().filter(|(target, ..)| target.contains(start));
        fits.cloned().collect()
    }

    /// A token of this tenant with these changes to good claims.
    pub(crate) fn token(&self, changes: &serde_json::Value) -> String {
        self.token_with(&json!({ "alg": "RS256", "kid": "k1" }), changes)
    }

    pub(crate) fn token_with(
        &self,
        header: &serde_json::Value,
        changes: &serde_json::Value,
    ) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = now.as_secs();
        let mut claims = json!({
            "iss": self.base, "aud": AUDIENCE, "appid": CALLER, "nbf": now - 10, "exp": now + 600,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &random,
                signed.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn answer(
    request: Request<Incoming>,
    (seen, key, base): (Arc<Mutex<Vec<Seen>>>, Arc<RsaKeyPair>, String),
) -> Response<Body> {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    let target = format!("{} {}", request.method(), request.uri());
    let authorization = header("authorization");
    let identity = header("x-identity-header");
    let path = request.uri().path().to_owned();
    let (parts, body) = (request.method().clone(), request.into_body());
    let body = limited(body, 1 << 20).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    seen.lock()
        .unwrap()
        .push((target, authorization.clone(), body));
    let json = |value: serde_json::Value| {
        let mut response = Response::new(full(value.to_string()));
        let media_type = "application/json".parse().unwrap();
        response.headers_mut().insert("content-type", media_type);
        response
    };
    let status = |code: u16| {
        let mut response = Response::new(full(""));
        *response.status_mut() = StatusCode::from_u16(code).unwrap();
        response
    };
    match path.as_str() {
        "/msi/token" if identity == IDENTITY_HEADER => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            let expiry = (now.as_secs() + 3600).to_string();
            json(json!({
                "access_token": IDENTITY_TOKEN, "expires_on": expiry, "token_type": "Bearer",
                "resource": "https://webpubsub.azure.com",
            }))
        }
        "/.well-known/openid-configuration" => {
            json(json!({ "issuer": base, "jwks_uri": format!("{base}/keys") }))
        }
        "/keys" => {
            let public = key.public_key();
            let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            json(json!({ "keys": [{
                "kty": "RSA", "use": "sig", "kid": "k1",
                "n": number(public.modulus().big_endian_without_leading_zero()),
                "e": number(public.exponent().big_endian_without_leading_zero()),
            }] }))
        }
        _ if authorization != format!("Bearer {IDENTITY_TOKEN}") => status(401),
        path if path.ends_with(":generateToken") => json(json!({ "token": "token-of-a-client" })),
        path if path.ends_with("Groups") => status(200),
        _ if parts == http::Method::POST => status(202),
        _ => status(404),
    }
}
