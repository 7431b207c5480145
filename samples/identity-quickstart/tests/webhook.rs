//! Who may post to the webhook: the service, and nobody who is signed in.
//!
//! The app runs as in Azure, behind a platform that writes a principal into each request, with an issuer of tokens on
//! loopback. What is forged here is as good as an attacker can get it: a real token, a real principal.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use socketio_functions::settings::Settings;
use socketio_functions::testing::Tenant;
use tokio::task::JoinHandle;

/// The client id of the app's registration: what users sign in to, and what the service's token is for.
const AUDIENCE: &str = "00000000-0000-0000-0000-0000000000e5";
/// Somebody who has signed in.
const USER: &str = "00000000-0000-0000-0000-0000000000e4";
const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";

struct Running {
    tenant: Tenant,
    url: String,
    http: reqwest::Client,
    server: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Running {
    async fn start() -> Self {
        let tenant = Tenant::start().await.unwrap();
        let settings = Settings::new()
            .with(
                format!("{}__endpoint", Settings::CONNECTION),
                "https://chat.example",
            )
            .with(
                format!("{}__credential", Settings::CONNECTION),
                "managedidentity",
            )
            .with(Settings::AUTH_ENABLED, "True")
            .with(Settings::WEBHOOK_CALLER, Tenant::SERVICE)
            .with(Settings::WEBHOOK_AUDIENCE, AUDIENCE)
            .with(Settings::WEBHOOK_ISSUER, tenant.issuer());
        let registry = identity_quickstart::app().build(settings).unwrap();
        let listener = socketio_functions::bind(0).await.unwrap();
        let url = format!("http://{}/api/socketio", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let never = std::future::pending();
            socketio_functions::serve(registry, listener, never)
                .await
                .expect("the app is served");
        });
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self {
            tenant,
            url,
            http,
            server,
        }
    }

    /// Posts a client's question whether it may join, as the service would.
    async fn connect(&self, user: Option<&str>, headers: &[(&str, &str)]) -> u16 {
        let mut request = self
            .http
            .post(&self.url)
            .header("webhook-request-origin", "chat.example")
            .header("ce-type", "azure.webpubsub.sys.connect")
            .header("ce-eventname", "connect")
            .header("ce-hub", "chat")
            .header("ce-namespace", "/")
            .header("ce-connectionid", "c1")
            .header("ce-socketid", "s1")
            .header("content-type", "application/json; charset=utf-8");
        if let Some(user) = user {
            request = request.header("ce-userid", user);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = r#"{"claims":{},"query":{},"headers":{},"clientCertificates":[]}"#;
        let answer = request.body(body).send().await.unwrap();
        answer.status().as_u16()
    }

    fn bearer(&self, audience: &str, claims: &Value) -> String {
        format!("Bearer {}", self.tenant.token(audience, claims).unwrap())
    }
}

/// What the platform writes into a request of somebody whose token says this.
fn principal(claims: &[(&str, &str)]) -> String {
    let claims = claims.iter();
    let claims = claims.map(|(kind, value)| json!({ "typ": kind, "val": value }));
    let claims: Vec<_> = claims.collect();
    STANDARD.encode(json!({ "auth_typ": "aad", "claims": claims }).to_string())
}

#[tokio::test]
async fn the_services_identity_is_let_in() {
    let app = Running::start().await;
    let service = app.bearer(AUDIENCE, &json!({ "appid": Tenant::SERVICE }));
    let by_service = [("authorization", service.as_str())];
    assert_eq!(app.connect(Some("ada"), &by_service).await, 200);
    // The token is the service's in both cases; without a user the app's own rule refuses.
    assert_eq!(app.connect(None, &by_service).await, 401);
}

#[tokio::test]
async fn what_a_signed_in_user_posts_is_refused() {
    let app = Running::start().await;
    // Signed in to this very app: the right issuer, the right audience, a signature that holds.
    let claims = json!({ "oid": USER, "name": "eve@example.org", "appid": AUDIENCE, "scp": "user_impersonation" });
    let token = app.bearer(AUDIENCE, &claims);
    let principal = principal(&[("aud", AUDIENCE), (OBJECT_ID, USER), ("appid", AUDIENCE)]);
    let by_token = ("authorization", token.as_str());
    let by_platform = ("x-ms-client-principal", principal.as_str());
    let named = ("x-ms-client-principal-id", USER);
    for headers in [
        &[by_token][..],
        &[by_platform, named],
        &[by_token, by_platform, named],
    ] {
        // As themselves, and as somebody else.
        for user in ["eve@example.org", "ada@example.org"] {
            assert_eq!(app.connect(Some(user), headers).await, 401, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn a_token_of_another_application_is_refused() {
    let app = Running::start().await;
    let elsewhere = Tenant::start().await.unwrap();
    let service = json!({ "appid": Tenant::SERVICE });
    let forged = elsewhere.token(AUDIENCE, &service).unwrap();
    for (what, token) in [
        (
            "another application",
            app.bearer(
                AUDIENCE,
                &json!({ "appid": "00000000-0000-0000-0000-0000000000f6" }),
            ),
        ),
        (
            "the app itself",
            app.bearer(AUDIENCE, &json!({ "appid": Tenant::APP })),
        ),
        ("nobody", app.bearer(AUDIENCE, &json!({}))),
        (
            "the service, for somebody else",
            app.bearer("https://webpubsub.azure.com", &service),
        ),
        (
            "the service, long ago",
            app.bearer(
                AUDIENCE,
                &json!({ "appid": Tenant::SERVICE, "exp": 1_700_000_000 }),
            ),
        ),
        ("another tenant's key", format!("Bearer {forged}")),
    ] {
        let headers = [("authorization", token.as_str())];
        assert_eq!(app.connect(Some("ada"), &headers).await, 401, "{what}");
    }
}

#[tokio::test]
async fn a_principal_that_names_the_service_is_refused_too() {
    let app = Running::start().await;
    // If the platform ever let one through: only the token itself counts.
    let forged = principal(&[("aud", AUDIENCE), ("appid", Tenant::SERVICE)]);
    let headers = [("x-ms-client-principal", forged.as_str())];
    assert_eq!(app.connect(Some("ada"), &headers).await, 401);
    assert_eq!(app.connect(Some("ada"), &[]).await, 401);
}
