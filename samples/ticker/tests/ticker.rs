//! The functions, run as the runtime would, without a network.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use serde_json::{Value, json};
use socketio_functions::testing::TestApp;
use ticker::price::Quote;

async fn app() -> TestApp {
    TestApp::new(ticker::app()).await.expect("the app is sound")
}

fn quote(value: &Value) -> Quote {
    Quote::at(value["at"].as_i64().expect("a quote has a second"))
}

#[tokio::test]
async fn a_tick_tells_everybody_the_price_of_its_second() {
    let outcome = app().await.timer("tick").await;
    assert_eq!(outcome.sent(), [r#"emit "price": everybody"#]);
    let [told] = &outcome.emitted("price")[..] else {
        panic!("one price a tick: {outcome:?}");
    };
    assert_eq!(*told, json!([quote(&told[0])]));
}

#[tokio::test]
async fn another_instance_knows_the_past() {
    let told = app().await.timer("tick").await.emitted("price");
    let fresh = app().await.get("history").await;
    let body = &fresh.response().expect("a response").body;
    let history: Vec<Value> = serde_json::from_slice(body).expect("a list");
    assert_eq!(history.len(), 120);
    assert!(history.contains(&told[0][0]));
    for pair in history.windows(2) {
        assert_eq!(quote(&pair[1]).at, quote(&pair[0]).at + 1);
    }
    for entry in &history {
        assert_eq!(*entry, json!(quote(entry)));
    }
}

#[tokio::test]
async fn everybody_may_listen_and_nobody_can_speak() {
    let app = app().await;
    assert_eq!(app.get("negotiate").await.user(), Some(None));
    assert!(app.socket().connect().await.rejection().is_none());
    let outcome = app
        .socket()
        .emit("price", json!({ "at": 0, "cents": 1 }))
        .await;
    assert!(!outcome.is_handled());
}
