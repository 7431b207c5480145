//! Sockets act as those of a Socket.IO server, through the outbox of their invocation.

use std::sync::{Arc, Mutex};

use serde_json::json;
use socketio_functions::extract::{Caller, ClientKind, Context, Extract, Needs, Rejection};
use socketio_functions::prelude::*;
use socketio_functions::testing::TestApp;

use crate::support::{Event, Running};

#[tokio::test]
async fn a_socket_acts_in_the_order_of_the_calls_and_leaves_itself_out() {
    let hub = Hub::new("hub").on("all", |socket: Socket, io: Io| async move {
        socket.emit("self", 1);
        socket.join("red");
        socket.to("red").emit("others", ());
        io.emit("everybody", ());
        socket.broadcast().except("blue").emit("rest", ());
        socket.leave(["red", "green"]);
        socket.disconnect();
        socket.close();
        Ack(true)
    });
    let app = TestApp::new(App::new().hub(hub)).await.unwrap();
    let outcome = app.socket().emit("all", ()).await;
    assert_eq!(
        outcome.sent(),
        [
            r#"emit "self": socket s1"#,
            r#"join "red": socket s1"#,
            r#"emit "others": room "red", except socket s1"#,
            r#"emit "everybody": everybody"#,
            r#"emit "rest": everybody, except socket s1, room "blue""#,
            r#"leave "red": socket s1"#,
            r#"leave "green": socket s1"#,
            "disconnect: socket s1",
            "close: socket s1",
        ]
    );
}

#[tokio::test]
async fn a_socket_that_has_left_can_only_send_to_others() {
    let hub = Hub::new("hub").on_disconnected(|socket: Socket, Reason(why): Reason| async move {
        match why.as_str() {
            "others" => {
                socket.broadcast().emit("left", socket.id());
                socket.to("red").emit("left", ());
            }
            "emit" => socket.emit("never", ()),
            "join" => socket.join("red"),
            _ => socket.close(),
        }
    });
    let app = TestApp::new(App::new().hub(hub)).await.unwrap();
    let socket = app.socket();
    let outcome = socket.disconnected("others").await;
    assert_eq!(
        outcome.sent(),
        [
            r#"emit "left": everybody, except socket s1"#,
            r#"emit "left": room "red", except socket s1"#
        ]
    );
    for (why, what) in [
        ("emit", "cannot emit to socket s1"),
        ("join", "cannot join rooms with socket s1"),
        ("", "cannot close the connection of socket s1"),
    ] {
        let outcome = socket.disconnected(why).await;
        let failure = outcome.failure().unwrap().to_string();
        assert!(failure.contains(what), "{failure}");
        assert!(failure.contains("it has left /"), "{failure}");
        assert!(outcome.sent().is_empty());
    }
}

/// A user who must not be banned, from a store that the app has as state.
struct Guest(UserId);

#[derive(Clone)]
struct Banned(Arc<Mutex<Vec<&'static str>>>);

impl<K: ClientKind> Extract<K> for Guest {
    type Rejection = Rejection;

    fn needs(needs: &mut Needs) {
        needs.extractor::<State<Banned>, K>();
    }

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        let State(banned) = context.extract::<State<Banned>>().await?;
        tokio::task::yield_now().await;
        let user = match context.caller() {
            Caller::Request(request) => request.query("user").and_then(|id| UserId::new(id).ok()),
            caller => caller.user().cloned(),
        };
        let user = user.ok_or_else(|| Rejection::new("the client is anonymous"))?;
        if banned.0.lock().unwrap().contains(&user.as_str()) {
            let refusal = Refusal::new((false, "banned")).status(401);
            return Err(Rejection::new(format_args!("user {user} is banned")).refuse(refusal));
        }
        Ok(Self(user))
    }
}

fn with_guests() -> App {
    App::new()
        .state(Banned(Arc::new(Mutex::new(vec!["eve"]))))
        .hub(
            Hub::new("hub")
                .on_connect(|_: Guest| async {})
                .on("me", |Guest(user): Guest| async move { Ack(user) }),
        )
        .get("me", |Guest(user): Guest| async move { user.to_string() })
}

#[tokio::test]
async fn an_extractor_of_the_authors_own_says_what_the_client_gets() {
    let app = TestApp::new(with_guests()).await.unwrap();
    let ada = app.socket().user("ada");
    assert_eq!(ada.emit("me", ()).await.ack(), Some(json!(["ada"])));
    let eve = app.socket().user("eve");
    assert_eq!(
        eve.emit("me", ()).await.ack(),
        Some(json!([false, "banned"]))
    );
    assert_eq!(eve.connect().await.rejection(), Some((401, "refused")));
    let outcome = app.socket().emit("me", ()).await;
    assert_eq!(outcome.ack(), None);
    assert_eq!(
        outcome.failure().unwrap().to_string(),
        "the client is anonymous"
    );
    assert_eq!(app.get("me?user=ada").await.response().unwrap().body, "ada");
    let refused = app.get("me?user=eve").await;
    let response = refused.response().unwrap();
    assert_eq!(response.status, 401);
    assert_eq!(response.body, r#"[false,"banned"]"#);
}

#[tokio::test]
async fn state_that_an_extractor_needs_is_missed_when_the_app_is_built() {
    let app = App::new().hub(Hub::new("hub").on("me", |_: Guest| async {}));
    let error = app.check().unwrap_err().to_string();
    assert!(error.contains("Banned"), "{error}");
}

#[tokio::test]
async fn an_ill_formed_name_from_a_client_is_a_rejection_with_its_reason() {
    let hub = Hub::new("hub")
        .on("join", |_: Data<Room>| async { Ack(true) })
        .on("user", |_: Data<(UserId, SocketId)>| async { Ack(true) });
    let app = TestApp::new(App::new().hub(hub)).await.unwrap();
    let outcome = app.socket().emit("join", "").await;
    let failure = outcome.failure().unwrap().to_string();
    assert!(
        failure.contains("argument 1 of \"join\": expected Room"),
        "{failure}"
    );
    assert!(failure.contains("is empty"), "{failure}");
    let outcome = app.socket().emit("user", ("ada", "")).await;
    let failure = outcome.failure().unwrap().to_string();
    assert!(failure.contains("argument 2"), "{failure}");
}

#[tokio::test]
async fn what_cannot_be_written_fails_the_handler_and_names_event_and_argument() {
    let hub = Hub::new("hub").on("say", |socket: Socket| async move {
        let keys = std::collections::HashMap::from([((1, 2), "x")]);
        socket.broadcast().emit("said", ("a", keys));
        Ack(true)
    });
    let app = TestApp::new(App::new().hub(hub)).await.unwrap();
    let outcome = app.socket().emit("say", ()).await;
    assert_eq!(outcome.ack(), None);
    let failure = outcome.failure().unwrap().to_string();
    assert!(
        failure.contains(r#"emit "said": cannot serialise argument 2: key must be a string"#),
        "{failure}"
    );
}

#[tokio::test]
async fn bytes_in_a_refusal_reach_the_callback() {
    let hub = Hub::new("hub").on("get", || async {
        Err::<(), _>(Refusal::new((false, Bytes::from_static(&[1, 2]))))
    });
    let app = Running::start(App::new().hub(hub)).await;
    let answer = app.event(&Event::user("get", r#"421["get"]"#)).await;
    assert_eq!(
        answer.parts(),
        (
            200,
            "461-1[false,{\"_placeholder\":true,\"num\":0}]\u{1e}bAQI="
        )
    );
}
