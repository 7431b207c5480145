//! The handlers, run as the runtime would, without a network.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use serde_json::json;
use socketio_functions::testing::TestApp;

async fn app() -> TestApp {
    TestApp::new(whiteboard::app())
        .await
        .expect("the app is sound")
}

#[tokio::test]
async fn lines_go_to_everybody_else_with_who_drew_them() {
    let lines = json!([[[0, 0], [1600, 1200]], [[7, 7]]]);
    let outcome = app()
        .await
        .socket()
        .user("guest123")
        .emit("draw", &lines)
        .await;
    assert_eq!(
        outcome.sent(),
        [r#"emit "drawn": everybody, except socket s1"#]
    );
    assert_eq!(outcome.emitted("drawn"), [json!(["guest123", lines])]);
    assert_eq!(outcome.ack(), Some(json!([true])));
}

#[tokio::test]
async fn what_is_no_drawing_goes_nowhere() {
    let app = app().await;
    for lines in [
        json!([[[0, 1201]]]),
        json!([[[-1, 0]]]),
        json!([[[0.5, 0]]]),
        json!([[[0, 0, 0]]]),
        json!([[]]),
        json!("x"),
    ] {
        let outcome = app.socket().user("guest123").emit("draw", &lines).await;
        assert!(outcome.sent().is_empty(), "{lines}");
        assert_ne!(outcome.ack(), Some(json!([true])), "{lines}");
    }
}

#[tokio::test]
async fn clearing_is_told_to_everybody_and_acknowledged() {
    let outcome = app()
        .await
        .socket()
        .user("guest123")
        .emit("clear", ())
        .await;
    assert_eq!(outcome.sent(), [r#"emit "cleared": everybody"#]);
    assert_eq!(outcome.emitted("cleared"), [json!(["guest123"])]);
    assert_eq!(outcome.ack(), Some(json!([true])));
}

#[tokio::test]
async fn a_guest_is_a_plain_label() {
    let app = app().await;
    let told = app.get("negotiate?guest=0123abcd").await;
    assert_eq!(told.user(), Some(Some("0123abcd")));
    for wrong in ["", "short", "has%20blank", "new%0Aline0", &"x".repeat(41)] {
        let refused = app.get(&format!("negotiate?guest={wrong}")).await;
        let status = refused.response().map(|response| response.status.as_u16());
        assert_eq!(status, Some(400), "{wrong}");
    }
}
