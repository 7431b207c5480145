//! The handlers, run as the runtime would, without a network.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use http::Method;
use serde_json::json;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use socketio_functions::testing::{Outcome, TestApp};

async fn app() -> TestApp {
    TestApp::new(identity_quickstart::app())
        .await
        .expect("the app is sound")
}

/// The same where the platform signs users in.
async fn signed_in() -> TestApp {
    TestApp::with(
        identity_quickstart::app(),
        Settings::new().with(Settings::AUTH_ENABLED, "True"),
    )
    .await
    .expect("the app is sound")
}

fn status(outcome: &Outcome) -> Option<u16> {
    outcome.response().map(|response| response.status.as_u16())
}

fn negotiation(query: &str, headers: &[(&'static str, &'static str)]) -> Request {
    let mut request = Request::new(Method::GET, &format!("negotiate{query}"));
    for (name, value) in headers {
        let value = http::HeaderValue::from_static(value);
        request.headers.append(*name, value);
    }
    request
}

const ADA: [(&str, &str); 2] = [
    ("x-ms-client-principal-id", "u-1"),
    ("x-ms-client-principal-name", "ada@example.org"),
];

#[tokio::test]
async fn the_user_is_whom_the_platform_has_signed_in() {
    let outcome = signed_in().await.request(negotiation("", &ADA)).await;
    assert_eq!(outcome.user(), Some(Some("ada@example.org")));
    // Whatever the query says.
    let query = "?user=eve&userId=eve&name=eve";
    let outcome = signed_in().await.request(negotiation(query, &ADA)).await;
    assert_eq!(outcome.user(), Some(Some("ada@example.org")));
}

#[tokio::test]
async fn nobody_else_gets_a_token() {
    let nobody = signed_in()
        .await
        .request(negotiation("?user=eve", &[]))
        .await;
    assert_eq!((nobody.user(), status(&nobody)), (None, Some(401)));
    // Where no platform writes the headers, anybody could.
    let forged = app().await.request(negotiation("", &ADA)).await;
    assert_eq!((forged.user(), status(&forged)), (None, Some(401)));
    let twice = [ADA[0], ADA[1], ("x-ms-client-principal-id", "u-2"), ADA[1]];
    let doubled = signed_in().await.request(negotiation("", &twice)).await;
    assert_eq!((doubled.user(), status(&doubled)), (None, Some(401)));
}

#[tokio::test]
async fn the_page_learns_who_has_signed_in() {
    let mut request = negotiation("", &ADA);
    request.path = "me".to_owned();
    let answer = signed_in().await.request(request.clone()).await;
    let body = answer.response().map(|response| response.body.clone());
    assert_eq!(body.as_deref(), Some(br#""ada@example.org""#.as_slice()));
    assert_eq!(status(&app().await.request(request).await), Some(401));
}

#[tokio::test]
async fn a_connection_without_a_user_is_refused() {
    let app = app().await;
    let stranger = app.socket().connect().await;
    assert_eq!(stranger.rejection().map(|(status, _)| status), Some(401));
    assert!(
        app.socket()
            .user("ada")
            .connect()
            .await
            .rejection()
            .is_none()
    );
}

#[tokio::test]
async fn what_somebody_says_goes_to_everybody_else_under_their_name() {
    let ada = app().await.socket().user("ada@example.org");
    let outcome = ada.emit("say", " hello ").await;
    assert_eq!(outcome.ack(), Some(json!([true])));
    assert_eq!(
        outcome.emitted("said"),
        [json!(["ada@example.org", "hello"])]
    );
    assert_eq!(
        outcome.sent(),
        [r#"emit "said": everybody, except socket s1"#]
    );
    for wrong in [json!(""), json!("  "), json!("x".repeat(1001)), json!(7)] {
        let outcome = ada.emit("say", &wrong).await;
        assert!(outcome.sent().is_empty(), "{wrong}");
        assert_ne!(outcome.ack(), Some(json!([true])), "{wrong}");
    }
}

#[tokio::test]
async fn coming_and_going_is_told() {
    let ada = app().await.socket().user("ada");
    let outcome = ada.connected().await;
    assert_eq!(outcome.emitted("arrived"), [json!(["ada"])]);
    let outcome = ada.disconnected("transport close").await;
    assert_eq!(outcome.emitted("left"), [json!(["ada"])]);
}
