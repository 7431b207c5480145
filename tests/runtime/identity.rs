//! Connections by identity, in the chat's own binary: credentials read the environment, so a process of its own it is.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use socketio_functions::negotiate::{NegotiateError, Negotiation};
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use tokio::process::{Child, Command};

use crate::support::{Answer, Event, PATIENCE, client, served};
use crate::tenant::{AUDIENCE, CALLER, IDENTITY_HEADER, IDENTITY_TOKEN, Tenant};

/// Tells a test that it is the process which serves [`chooser`].
const SERVES: &str = "SIO_TEST_SERVES";

/// A handler with a managed identity of this tenant: the chat's, or [`chooser`].
struct Handler {
    base: String,
    http: reqwest::Client,
    _process: Child,
}

impl Handler {
    async fn start(tenant: &Tenant) -> Self {
        Self::run(tenant, chat()).await
    }

    async fn run(tenant: &Tenant, command: Command) -> Self {
        Self::with(tenant, command, &[("credential", "managedidentity")]).await
    }

    /// With these parts of the connection beside its endpoint.
    async fn with(tenant: &Tenant, mut command: Command, parts: &[(&str, &str)]) -> Self {
        let port = free_port();
        let parts = parts.iter();
        let process = command
            .envs(parts.map(|(part, value)| {
                (
                    format!("{connection}__{part}", connection = Settings::CONNECTION),
                    value,
                )
            }))
            .env(Settings::PORT, &port)
            .env(format!("{}__endpoint", Settings::CONNECTION), &tenant.base)
            .env("IDENTITY_ENDPOINT", format!("{}/msi/token", tenant.base))
            .env("IDENTITY_HEADER", IDENTITY_HEADER)
            .env(Settings::WEBHOOK_CALLER, CALLER)
            .env(Settings::WEBHOOK_AUDIENCE, AUDIENCE)
            .env(Settings::WEBHOOK_ISSUER, &tenant.base)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let base = format!("http://127.0.0.1:{port}");
        let http = client();
        served(&http, &base).await;
        Self {
            base,
            http,
            _process: process,
        }
    }

    async fn event(&self, event: &Event, token: &str) -> Answer {
        let sent = self
            .http
            .post(format!("{}/api/socketio", self.base))
            .headers(event.headers())
            .bearer_auth(token)
            .body(event.body.clone());
        Answer::of(sent.send().await.unwrap()).await
    }
}

#[tokio::test]
async fn calls_and_negotiation_bear_one_token_of_the_identity() {
    let tenant = Tenant::start().await;
    let handler = Handler::start(&tenant).await;
    assert!(
        tenant.seen("/msi/").is_empty(),
        "nothing is asked for before it is needed"
    );

    let typing = Event::user("typing", r#"42["typing","lobby",true]"#).without("ce-signature");
    for _ in 0..2 {
        let answer = handler.event(&typing, &tenant.token(&json!({}))).await;
        assert_eq!(answer.parts(), (200, ""));
    }
    let calls = tenant.seen("/api/hubs/hub/groups/");
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[0].1, format!("Bearer {IDENTITY_TOKEN}"));
    assert_eq!(calls[0].2, r#"42["typing","lobby","ada",true]"#);

    let answer = handler
        .http
        .get(format!("{}/api/negotiate?name=O%27Brien", handler.base))
        .send();
    let answer = Answer::of(answer.await.unwrap()).await;
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["token"], "token-of-a-client");
    assert_eq!(body["endpoint"], tenant.base);
    assert_eq!(body["path"], "/clients/socketio/hubs/hub");
    assert_eq!(
        tenant.seen(":generateToken")[0].0,
        "POST /api/hubs/hub/:generateToken?userId=O%27Brien&minutesToExpire=60&api-version=2024-12-01&clientType=default"
    );

    let asked = tenant.seen("/msi/");
    assert_eq!(asked.len(), 1, "the token is kept: {asked:?}");
    assert!(asked[0].0.contains("resource=https"), "{asked:?}");
}

#[tokio::test]
async fn the_identity_that_the_settings_name_is_asked_for() {
    for (parts, query) in [
        (&[][..], None),
        (&[("clientId", "c")], Some("client_id=c")),
        (&[("tenantId", "t"), ("clientId", "c")], Some("client_id=c")),
        (
            &[("credential", "managedidentity"), ("clientId", "c")],
            Some("client_id=c"),
        ),
        (
            &[
                ("credential", "managedidentity"),
                ("managedIdentityObjectId", "o"),
            ],
            Some("object_id=o"),
        ),
    ] {
        let tenant = Tenant::start().await;
        let handler = Handler::with(&tenant, chat(), parts).await;
        let typing = Event::user("typing", r#"42["typing","lobby",true]"#).without("ce-signature");
        let answer = handler.event(&typing, &tenant.token(&json!({}))).await;
        assert_eq!(answer.parts(), (200, ""), "{parts:?}");
        let asked = tenant.seen("/msi/").remove(0).0;
        match query {
            Some(query) => assert!(asked.contains(query), "{parts:?}: {asked}"),
            None => assert!(!asked.contains("_id="), "{parts:?}: {asked}"),
        }
    }
}

/// Gives tokens to users of its choice.
fn chooser() -> App {
    async fn enter(negotiator: Negotiator) -> Result<Negotiation, NegotiateError> {
        let ada = Identity::user("ada").role("a").role("b").group("g");
        negotiator
            .identity(ada.lifetime(Duration::from_secs(61)))
            .await
    }
    let hub = Hub::new("hub").negotiate("claimed", Identity::user("ada").claim("age", 7));
    App::new().hub(hub).get("enter", enter)
}

/// Credentials read the environment, so the app is served by a process of its own: this test again, which then does not
/// return.
async fn serve_chooser() {
    let settings = Settings::from_env();
    let port = settings.port().unwrap().unwrap();
    let listener = socketio_functions::bind(port).await.unwrap();
    let registry = chooser().build(settings).unwrap();
    socketio_functions::serve(registry, listener, std::future::pending())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_service_issues_what_an_identity_cannot_sign() {
    if std::env::var_os(SERVES).is_some() {
        return serve_chooser().await;
    }
    let tenant = Tenant::start().await;
    let mut command = program(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "identity::the_service_issues_what_an_identity_cannot_sign",
    ]);
    command.env(SERVES, "1");
    let handler = Handler::run(&tenant, command).await;
    let get = async |path: &str| {
        let sent = handler.http.get(format!("{}/api/{path}", handler.base));
        Answer::of(sent.send().await.unwrap()).await
    };
    let answer = get("enter").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("token-of-a-client"), "{answer:?}");
    assert_eq!(
        tenant.seen(":generateToken")[0].0,
        "POST /api/hubs/hub/:generateToken?userId=ada&role=a&role=b&minutesToExpire=2&group=g&api-version=2024-12-01&clientType=default"
    );
    // A claim that the service would not add is refused instead of lost.
    assert_eq!(get("claimed").await.status, 500);
    assert_eq!(tenant.seen(":generateToken").len(), 1);
}

#[tokio::test]
async fn without_a_caller_the_start_is_refused_outside_development() {
    let port = free_port();
    let command = |environment: &str| {
        let mut command = chat();
        command
            .env(Settings::PORT, &port)
            .env(Settings::ENVIRONMENT, environment)
            .env(
                format!("{}__endpoint", Settings::CONNECTION),
                "https://abc.example",
            )
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    };
    let refused = tokio::time::timeout(PATIENCE, command("Production").output());
    let refused = refused.await.unwrap().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.contains(Settings::WEBHOOK_CALLER) && said.contains(Settings::WEBHOOK_AUDIENCE),
        "{said}"
    );
    // In development it serves.
    let _process = command("Development").spawn().unwrap();
    served(&client(), &format!("http://127.0.0.1:{port}")).await;
}

/// The chat's handler, without this process's environment.
fn chat() -> Command {
    program(env!("CARGO_BIN_EXE_handler"))
}

/// A program without this process's environment.
fn program(path: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(path);
    command.env_clear();
    command
}

fn free_port() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port().to_string()
}
