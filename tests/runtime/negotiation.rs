//! Who gets a token for which user, by the ready-made rules.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use socketio_functions::negotiate::{NegotiateError, Negotiation};
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

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
    let subject = claims(&answer).map(|claims| {
        let user = claims["sub"].as_str();
        user.unwrap_or("nobody").to_owned()
    });
    (answer.status, subject)
}

/// The claims of the token in an answer, if there is one.
fn claims(answer: &Answer) -> Option<Value> {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let payload = body["token"].as_str()?.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).ok()
}

async fn get(app: &Running, path: &str) -> Answer {
    let sent = app.http.get(format!("{}/api/{path}", app.base));
    Answer::of(sent.send().await.unwrap()).await
}

#[tokio::test]
async fn the_platforms_user_is_taken_only_where_the_platform_vouches() {
    let on = running(|settings| settings.with(Settings::AUTH_ENABLED, "True")).await;
    assert_eq!(user(&on, "platform").await, (200, Some("u-1".to_owned())));
    assert_eq!(user(&on, "named").await, (200, Some("ada".to_owned())));
    let off = running(|settings| settings).await;
    assert_eq!(user(&off, "platform").await, (401, None));
    assert_eq!(user(&off, "named").await, (401, None));
}

#[tokio::test]
async fn a_name_from_the_query_is_taken_only_in_development() {
    let here = running(|settings| settings.with(Settings::ENVIRONMENT, "Development")).await;
    assert_eq!(
        user(&here, "query?user=eve").await,
        (200, Some("eve".to_owned()))
    );
    assert_eq!(user(&here, "query").await, (200, Some("nobody".to_owned())));
    for environment in ["", "Production", "Staging"] {
        let there = running(|settings| settings.with(Settings::ENVIRONMENT, environment)).await;
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

#[tokio::test]
async fn a_rule_chooses_how_long_the_token_holds_and_what_it_says() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let app = App::new().hub(
        Hub::new("hub")
            .negotiate("long", Identity::user("ada").lifetime(minutes(24 * 60)))
            .negotiate(
                "longer",
                Identity::user("ada").lifetime(minutes(24 * 60 + 1)),
            )
            .negotiate("platform", Identity::easy_auth().lifetime(minutes(5)))
            .negotiate(
                "plain",
                Identity::from_request(|request| match request.query("user") {
                    Some(user) => Identity::user(user)
                        .role("a")
                        .role("b")
                        .group("g")
                        .claim("age", 7),
                    None => Identity::refuse(403, "who are you?"),
                }),
            ),
    );
    let app = Running::with(app, |settings| {
        settings.with(Settings::AUTH_ENABLED, "true")
    })
    .await;
    let held = |claims: &Value| claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap();

    assert_eq!(held(&claims(&get(&app, "long").await).unwrap()), 86_400);
    let failed = get(&app, "longer").await;
    assert_eq!(failed.status, 500, "{failed:?}");
    let sent = app.http.get(format!("{}/api/platform", app.base));
    let sent = sent.header("X-MS-CLIENT-PRINCIPAL-ID", "u-1").send().await;
    assert_eq!(
        held(&claims(&Answer::of(sent.unwrap()).await).unwrap()),
        300
    );

    let said = claims(&get(&app, "plain?user=ada").await).unwrap();
    assert_eq!(held(&said), 3600);
    assert_eq!(
        (&said["sub"], &said["role"]),
        (&json!("ada"), &json!(["a", "b"]))
    );
    assert_eq!(
        (&said["webpubsub.group"], &said["age"]),
        (&json!(["g"]), &json!(7))
    );
    assert_eq!(get(&app, "plain").await.parts(), (403, "who are you?"));
}

/// A token for the user that the query names, in the hub that it names.
async fn enter(request: Request, negotiator: Negotiator) -> Result<Negotiation, NegotiateError> {
    let user = request.query("user").unwrap_or_default();
    match request.query("hub") {
        Some(hub) => negotiator.hub(&hub).user(user).await,
        None => {
            negotiator
                .identity(Identity::user(user).role("guest"))
                .await
        }
    }
}

#[tokio::test]
async fn an_http_function_gives_tokens_to_whom_it_chooses() {
    let app = Running::start(App::new().hub(Hub::new("hub")).get("enter", enter)).await;
    let answer = get(&app, "enter?user=ada").await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let said = claims(&answer).unwrap();
    assert_eq!(
        (&said["sub"], &said["role"]),
        (&json!("ada"), &json!(["guest"]))
    );
    assert_eq!(get(&app, "enter?hub=other").await.status, 500);

    let two = App::new().hub(Hub::new("one")).hub(Hub::new("two"));
    let app = Running::start(two.get("enter", enter)).await;
    let said = claims(&get(&app, "enter?user=ada&hub=two").await).unwrap();
    assert!(
        said["aud"].as_str().unwrap().ends_with("/hubs/two"),
        "{said}"
    );
    assert_eq!(
        get(&app, "enter?user=ada").await.status,
        500,
        "no hub is named"
    );
    assert_eq!(
        get(&app, "enter?hub=1").await.status,
        500,
        "no hub has such a name"
    );
}
