//! The handlers, run as the runtime would, without a network.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use rooms_and_acks::contract::{Close, Enter, Here, Room, SendHome, Show, ShowOut, Wave};
use serde_json::json;
use socketio_functions::extract::SocketId;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use socketio_functions::testing::{Outcome, TestApp};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

async fn app() -> TestApp {
    let settings = Settings::new().with("KEEPERS_WORD", "sesame");
    let app = TestApp::with(rooms_and_acks::app(), settings).await;
    app.expect("the app is sound")
}

async fn knock(app: &TestApp, body: &str) -> Outcome {
    let request = Request::post("negotiate");
    app.request(request.with_body(body.to_owned())).await
}

#[tokio::test]
async fn the_keepers_word_makes_the_keeper() {
    let app = app().await;
    let roles = |outcome: &Outcome| outcome.grant().map(|grant| grant.roles.clone());
    let guest = knock(&app, r#"{"name":" Ada "}"#).await;
    assert_eq!(guest.user(), Some(Some("Ada")));
    assert_eq!(roles(&guest), Some(vec![]));
    for word in ["", "Sesame", "sesame "] {
        let body = json!({ "name": "Eve", "word": word });
        assert_eq!(roles(&knock(&app, &body.to_string()).await), Some(vec![]));
    }
    let keeper = knock(&app, r#"{"name":"Ada","word":"sesame"}"#).await;
    assert_eq!(roles(&keeper), Some(vec!["keeper".to_owned()]));

    // Without the setting there is no word, and an empty one does not count.
    let nobody = TestApp::new(rooms_and_acks::app()).await;
    let nobody = nobody.expect("the app is sound");
    let guest = knock(&nobody, r#"{"name":"Ada","word":""}"#).await;
    assert_eq!(roles(&guest), Some(vec![]));

    for wrong in [
        "",
        "name=Ada",
        r#"{"word":"sesame"}"#,
        r#"{"name":"A\nda"}"#,
    ] {
        let refused = knock(&app, wrong).await;
        let status = refused.response().map(|response| response.status.as_u16());
        assert_eq!(status, Some(400), "{wrong}");
    }
}

#[tokio::test]
async fn the_door_and_the_desk_let_different_people_in() {
    let app = app().await;
    let ada = app.socket().user("Ada");
    assert_eq!(ada.connect().await.rejection(), None);
    let long = app.socket().user(&"x".repeat(25)).connect().await;
    assert_eq!(
        long.rejection(),
        Some((403, "This name is too long for the guest book."))
    );
    assert_eq!(long.rejection_data(), Some(&json!({ "final": true })));
    assert!(app.socket().connect().await.rejection().is_some());

    let desk = ada.namespace("/keeper");
    assert_eq!(
        desk.connect().await.rejection(),
        Some((403, "The desk is the keeper's."))
    );
    let keeper = desk.claim("role", "keeper");
    assert_eq!(keeper.connect().await.rejection(), None);
    assert_eq!(
        keeper.connected().await.sent(),
        [r#"emit "roll call": everybody"#]
    );
}

#[tokio::test]
async fn entering_is_acknowledged_without_arguments_and_waving_not_at_all() {
    let app = app().await;
    let ada = app.socket().user("Ada");
    let outcome = ada.send::<Enter>(Room::Garden).await;
    assert_eq!(outcome.sent(), [r#"join "garden": socket s1"#]);
    assert_eq!(outcome.ack(), Some(json!([])));

    let outcome = ada.send::<Wave>(Room::Garden).await;
    assert_eq!(
        outcome.sent(),
        [r#"emit "waved": room "garden", except socket s1"#]
    );
    assert_eq!(outcome.emitted("waved"), [json!(["Garden", "Ada"])]);
    assert_eq!(outcome.ack(), None);

    // A room that there is not does not reach the handler.
    let outcome = ada.emit("enter", "Cellar").await;
    let failure = outcome.failure().expect("a failure").to_string();
    assert!(failure.contains("Cellar"), "{failure}");
}

#[tokio::test]
async fn a_picture_is_acknowledged_with_two_values_or_refused_with_one() {
    let app = app().await;
    let ada = app.socket().user("Ada");
    let show = |caption: &str, image: Bytes| {
        let arguments = (Room::Garden, caption.to_owned(), image);
        let ada = ada.clone();
        async move { ada.send::<Show>(arguments).await }
    };
    let outcome = show("Hills", Bytes::from_static(PNG)).await;
    assert_eq!(
        outcome.sent(),
        [r#"emit "shown": room "garden", except socket s1"#]
    );
    assert_eq!(outcome.ack(), Some(json!(["PNG", PNG.len()])));

    let mut large = PNG.to_vec();
    large.resize(256 * 1024 + 1, 0);
    for (caption, image, reason) in [
        (
            "",
            "<svg>".into(),
            "This is not a PNG, JPEG or WebP picture.",
        ),
        (
            "",
            large.into(),
            "This picture is too large; 256 kB are the most.",
        ),
        (&*"x".repeat(81), PNG.into(), "This caption is too long."),
    ] {
        let outcome = show(caption, image).await;
        assert_eq!(outcome.ack(), Some(json!([{ "reason": reason }])));
        assert!(outcome.sent().is_empty(), "{reason}");
    }
}

#[tokio::test]
async fn the_desk_acts_upon_the_house() {
    let app = app().await;
    let keeper = app.socket().user("Keeper").namespace("/keeper");
    let outcome = keeper.send::<Close>(Room::Kitchen).await;
    assert_eq!(
        outcome.sent(),
        [
            r#"emit "closed": room "kitchen""#,
            r#"leave "kitchen": room "kitchen""#,
        ]
    );
    assert_eq!(outcome.ack(), Some(json!([])));
    let outcome = keeper.send::<SendHome>(Room::Kitchen).await;
    assert_eq!(outcome.sent(), [r#"disconnect: room "kitchen""#]);
    let guest = SocketId::new("s7").expect("an id");
    let outcome = keeper.send::<ShowOut>(guest).await;
    assert_eq!(outcome.sent(), [r#"disconnect: socket s7"#]);

    // Events of the desk mean nothing in the house.
    let guest = app.socket().user("Eve");
    assert!(!guest.emit("close", "Kitchen").await.is_handled());

    let rooms = vec![Room::Library, Room::Garden, Room::Library];
    let outcome = guest.send::<Here>(rooms).await;
    assert_eq!(outcome.sent(), [r#"emit "present": everybody in /keeper"#]);
    let seen = json!([{ "socket": "s1", "name": "Eve", "rooms": ["Garden", "Library"] }]);
    assert_eq!(outcome.emitted("present"), [seen]);
    assert_eq!(
        guest.disconnected("transport close").await.emitted("gone"),
        [json!(["s1"])]
    );
}
