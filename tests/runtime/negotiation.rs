//! Who gets a token for whom, by the ready-made rules.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use socketio_functions::prelude::*;
use socketio_functions::settings::{AUTH_ENABLED, ENVIRONMENT, Settings};

use crate::support::{Answer, Running};

fn app() -> App {
    App::new().hub(
        Hub::new("hub")
            .negotiate("platform", Identity::easy_auth())
            .negotiate("named", Identity::easy_auth().by_name())
            .negotiate("query", Identity::query("user"))
            .negotiate("anybody", Identity::Anonymous)
            .negotiate("fails", || async {
                Err::<Identity, _>(std::io::Error::other("secret"))
            }),
    )
}

async fn running(change: impl FnOnce(Settings) -> Settings) -> Running {
    Running::with(app(), change).await
}

/// The status of a negotiation, and the user in the token.
async fn user(app: &Running, path: &str) -> (u16, Option<String>) {
    let sent = app.http.get(format!("{}/api/{path}", app.base));
    let sent = sent
        .header("X-MS-CLIENT-PRINCIPAL-ID", "u-1")
        .header("X-MS-CLIENT-PRINCIPAL-NAME", "ada");
    let answer = Answer::of(sent.send().await.unwrap()).await;
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let subject = body["token"].as_str().map(|token| {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap());
        let claims: Value = serde_json::from_slice(&payload.unwrap()).unwrap();
        claims["sub"].as_str().unwrap_or("nobody").to_owned()
    });
    (answer.status, subject)
}

#[tokio::test]
async fn the_platforms_user_is_taken_only_where_the_platform_vouches() {
    let on = running(|settings| settings.with(AUTH_ENABLED, "True")).await;
    assert_eq!(user(&on, "platform").await, (200, Some("u-1".to_owned())));
    assert_eq!(user(&on, "named").await, (200, Some("ada".to_owned())));
    let off = running(|settings| settings).await;
    assert_eq!(user(&off, "platform").await, (401, None));
    assert_eq!(user(&off, "named").await, (401, None));
}

#[tokio::test]
async fn a_name_from_the_query_is_taken_only_in_development() {
    let here = running(|settings| settings.with(ENVIRONMENT, "Development")).await;
    assert_eq!(
        user(&here, "query?user=eve").await,
        (200, Some("eve".to_owned()))
    );
    assert_eq!(user(&here, "query").await, (200, Some("nobody".to_owned())));
    for environment in ["", "Production", "Staging"] {
        let there = running(|settings| settings.with(ENVIRONMENT, environment)).await;
        assert_eq!(user(&there, "query?user=eve").await, (401, None));
    }
}

#[tokio::test]
async fn anybody_may_be_let_in_and_a_failing_rule_lets_nobody_in() {
    let app = running(|settings| settings).await;
    assert_eq!(
        user(&app, "anybody").await,
        (200, Some("nobody".to_owned()))
    );
    assert_eq!(user(&app, "fails").await, (500, None));
}

#[tokio::test]
async fn the_hosts_identities_count_in_an_envelope() {
    let app = running(|settings| settings).await;
    let envelope = serde_json::json!({
        "Data": { "req": {
            "Url": "http://localhost:7071/api/platform", "Method": "GET", "Headers": {}, "Params": {},
            "Identities": [{
                "AuthenticationType": "aad", "IsAuthenticated": true, "Name": "ada",
                "Claims": [{ "Type": "sub", "Value": "u-2", "Issuer": "x" }],
            }],
        } },
        "Metadata": {},
    });
    let sent = app
        .http
        .post(format!("{}/platform", app.base))
        .json(&envelope);
    let answer = Answer::of(sent.send().await.unwrap()).await;
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    let body = answer["Outputs"]["res"]["body"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let payload = body["token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(claims["sub"], "u-2");
}
