//! Connections by identity, in the chat's own binary: credentials read the environment, so a process of its own it is.

use std::process::Stdio;

use serde_json::json;
use socketio_functions::settings::{
    CONNECTION, ENVIRONMENT, PORT, WEBHOOK_AUDIENCE, WEBHOOK_CALLER, WEBHOOK_ISSUER,
};
use tokio::process::{Child, Command};

use crate::support::{Answer, Event, PATIENCE, client};
use crate::tenant::{AUDIENCE, CALLER, IDENTITY_HEADER, IDENTITY_TOKEN, Tenant};

/// The chat's handler with a managed identity of this tenant.
struct Handler {
    base: String,
    http: reqwest::Client,
    _process: Child,
}

impl Handler {
    async fn start(tenant: &Tenant) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = Command::new(env!("CARGO_BIN_EXE_handler"))
            .env_clear()
            .env(PORT, port.to_string())
            .env(format!("{CONNECTION}__endpoint"), &tenant.base)
            .env(format!("{CONNECTION}__credential"), "managedidentity")
            .env("IDENTITY_ENDPOINT", format!("{}/msi/token", tenant.base))
            .env("IDENTITY_HEADER", IDENTITY_HEADER)
            .env(WEBHOOK_CALLER, CALLER)
            .env(WEBHOOK_AUDIENCE, AUDIENCE)
            .env(WEBHOOK_ISSUER, &tenant.base)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let base = format!("http://127.0.0.1:{port}");
        let http = client();
        let ready = async {
            while http.get(&base).send().await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, ready).await.unwrap();
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
async fn without_a_caller_the_start_is_refused_outside_development() {
    let run = |environment: &'static str| async move {
        let output = Command::new(env!("CARGO_BIN_EXE_handler"))
            .env_clear()
            // A port that is taken by nobody, and kept for the moment of the start only.
            .env(PORT, free_port())
            .env(ENVIRONMENT, environment)
            .env(format!("{CONNECTION}__endpoint"), "https://abc.example")
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .output();
        tokio::time::timeout(std::time::Duration::from_secs(3), output).await
    };
    let refused = run("Production").await.unwrap().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.contains(WEBHOOK_CALLER) && said.contains(WEBHOOK_AUDIENCE),
        "{said}"
    );
    // In development it serves until it is killed.
    assert!(run("Development").await.is_err());
}

fn free_port() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port().to_string()
}
