//! What each outcome of a handler becomes: status, body, and what was sent before.

use reqwest::Method;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::service::{Call, Scripted};
use crate::support::{Event, Running};

async fn panicking(io: Io) {
    io.emit("never", ());
    panic!("on purpose")
}

fn app() -> App {
    App::new().hub(
        Hub::new("hub")
            .on_connect(|claims: Claims, user: Option<UserId>| async move {
                match user {
                    None => Err(Refusal::new("choose a name").status(400)),
                    Some(_) if claims.has("role", "banned") => Err(Refusal::new("banned")
                        .status(500)
                        .data(serde_json::json!({ "days": 7 }))),
                    Some(user) if user.as_str() == "broken" => panic!("on purpose"),
                    Some(_) => Ok(()),
                }
            })
            .on_disconnected(|user: UserId, Reason(why): Reason, io: Io| async move {
                io.emit("left", (user, why));
            })
            .on(
                "chat",
                |socket: Socket, Data((room, text)): Data<(String, String)>| async move {
                    socket.to(&room).emit("new message", &text);
                    socket.join(room);
                    Ack((text.len(), "ok"))
                },
            )
            .on("quiet", |io: Io| async move { io.emit("heard", ()) })
            .on("none", || async { Ack(()) })
            .on("refuse", |socket: Socket| async move {
                socket.join("never");
                Err::<(), _>(Refusal::new("full"))
            })
            .on("fail", |io: Io| async move {
                io.emit("never", ());
                Err::<(), _>(std::io::Error::other("on purpose"))
            })
            .on("panic", panicking)
            .on("hang", || async { std::future::pending::<()>().await })
            .namespace("/ns", |scope| {
                scope.on(
                    "add",
                    |Data((a, b)): Data<(i64, i64)>| async move { Ack(a + b) },
                )
            }),
    )
}

#[tokio::test]
async fn outputs_are_sent_in_order_before_the_ack() {
    let app = Running::start(app()).await;
    let answer = app
        .event(&Event::user("chat", r#"4213["chat","lobby","hello"]"#))
        .await;
    assert_eq!(answer.parts(), (200, r#"4313[5,"ok"]"#));
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain")
    );

    let calls = app.service.calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[0].path, "/api/hubs/hub/groups/0~Lw~bG9iYnk/:send");
    assert_eq!(
        calls[0].filter.as_deref(),
        Some("not ('0~Lw~czE' in groups)")
    );
    assert_eq!(calls[0].body, r#"42["new message","hello"]"#);
    assert_eq!(calls[1].path, "/api/hubs/hub/:addToGroups");
}

#[tokio::test]
async fn an_event_without_a_callback_gets_an_empty_answer() {
    let app = Running::start(app()).await;
    let answer = app
        .event(&Event::user("chat", r#"42["chat","lobby","hello"]"#))
        .await;
    assert_eq!(answer.parts(), (200, ""));
    let answer = app.event(&Event::user("quiet", r#"427["quiet"]"#)).await;
    assert_eq!(answer.parts(), (200, ""));
    assert_eq!(app.service.calls().len(), 3);
}

#[tokio::test]
async fn an_ack_without_arguments_is_sent_too() {
    let app = Running::start(app()).await;
    let answer = app.event(&Event::user("none", r#"427["none"]"#)).await;
    assert_eq!(answer.parts(), (200, "437[]"));
    let answer = app.event(&Event::user("refuse", r#"428["refuse"]"#)).await;
    assert_eq!(answer.parts(), (200, r#"438["full"]"#));
    let calls = app.service.calls();
    assert!(calls.is_empty(), "told no, and yet: {calls:?}");
}

#[tokio::test]
async fn a_client_that_is_turned_away_by_an_error_has_done_nothing() {
    let hub = Hub::new("hub").on_connect(|socket: SocketId, io: Io| async move {
        io.socket(socket).join("never");
        Err::<(), _>(Refusal::new("full"))
    });
    let app = Running::start(App::new().hub(hub)).await;
    assert_eq!(app.event(&Event::connect()).await.status, 403);
    assert!(app.service.calls().is_empty(), "{:?}", app.service.calls());
}

#[tokio::test]
async fn a_namespace_has_handlers_of_its_own_and_names_ignore_case() {
    let app = Running::start(app()).await;
    let event = Event::user("Add", r#"42/ns,5["Add",2,3]"#).with("ce-namespace", "/NS");
    // The ack bears the namespace as the client spelled it.
    assert_eq!(app.event(&event).await.parts(), (200, "43/NS,5[5]"));
}

#[tokio::test]
async fn connect_is_decided_by_its_handler() {
    let app = Running::start(app()).await;
    assert_eq!(app.event(&Event::connect()).await.parts(), (200, ""));
    let anonymous = Event::connect().without("ce-userid");
    assert_eq!(
        app.event(&anonymous).await.parts(),
        (400, r#"{"message":"choose a name"}"#)
    );
    let mut banned = Event::connect();
    banned.body = banned.body.replace("writer", "banned");
    // A 5xx would make the service ask again.
    assert_eq!(
        app.event(&banned).await.parts(),
        (403, r#"{"message":"banned","data":{"days":7}}"#)
    );
    let broken = app
        .event(&Event::connect().with("ce-userid", "broken"))
        .await;
    assert_eq!(broken.status, 422);
    assert!(!broken.body.contains("on purpose"), "{broken:?}");
}

#[tokio::test]
async fn without_a_connect_handler_a_namespace_with_handlers_admits() {
    let app = Running::start(app()).await;
    let joined = Event::connect().with("ce-namespace", "/ns");
    assert_eq!(app.event(&joined).await.parts(), (200, ""));
    for unknown in [
        Event::connect().with("ce-namespace", "/other"),
        Event::connect().with("ce-hub", "other"),
    ] {
        assert_eq!(
            app.event(&unknown).await.parts(),
            (404, r#"{"message":"Invalid namespace"}"#)
        );
    }
}

#[tokio::test]
async fn a_hub_that_only_sends_admits_to_its_main_namespace() {
    let listening = Event::connect();
    let not_found = (404, r#"{"message":"Invalid namespace"}"#);

    let app = Running::start(App::new().hub(Hub::new("hub"))).await;
    assert_eq!(app.event(&listening).await.parts(), (200, ""));
    let other = Event::connect().with("ce-namespace", "/other");
    assert_eq!(app.event(&other).await.parts(), not_found);

    // Where the only handlers are in another namespace, that is the one to be in.
    let elsewhere = Hub::new("hub").namespace("/ns", |scope| scope.on("none", || async {}));
    let app = Running::start(App::new().hub(elsewhere)).await;
    assert_eq!(app.event(&listening).await.parts(), not_found);
}

#[tokio::test]
async fn a_failure_of_a_handler_sends_nothing_and_disturbs_nobody() {
    let app = Running::with(app(), |settings| {
        settings.with(
            socketio_functions::settings::Settings::EVENT_DEADLINE,
            "0.2",
        )
    })
    .await;
    for name in ["fail", "panic", "hang"] {
        let answer = app
            .event(&Event::user(name, &format!(r#"429["{name}"]"#)))
            .await;
        assert_eq!(answer.parts(), (200, ""), "{name}");
    }
    assert!(app.service.calls().is_empty());
    let answer = app.event(&Event::user("none", r#"421["none"]"#)).await;
    assert_eq!(answer.parts(), (200, "431[]"));
}

#[tokio::test]
async fn who_leaves_is_noticed_with_the_reason() {
    let app = Running::start(app()).await;
    assert_eq!(
        app.event(&Event::disconnected("bye")).await.parts(),
        (200, "")
    );
    assert_eq!(app.service.calls()[0].body, r#"42["left","ada","bye"]"#);
}

#[tokio::test]
async fn a_call_that_the_service_refuses_for_now_is_made_again() {
    let app = Running::start(app()).await;
    app.service.script(&[503, 429]);
    let answer = app.event(&Event::user("quiet", r#"421["quiet"]"#)).await;
    assert_eq!(answer.parts(), (200, ""));
    let calls = app.service.calls();
    assert_eq!(calls.len(), 3, "{calls:?}");
    let parts = |call: &Call| {
        let call = call.clone();
        [call.path, call.query, call.content_type, call.body]
    };
    assert!(calls.iter().all(|call| parts(call) == parts(&calls[0])));
}

#[tokio::test]
async fn a_send_that_may_have_happened_is_not_repeated_and_fails_the_event() {
    let app = Running::start(app()).await;
    app.service.script(&[500]);
    let event = Event::user("chat", r#"4213["chat","lobby","hello"]"#);
    // No ack: what it would confirm was not sent.
    assert_eq!(app.event(&event).await.parts(), (200, ""));
    assert_eq!(app.service.calls().len(), 1);
}

#[tokio::test]
async fn other_methods_are_refused_once_it_is_known_who_asks() {
    let app = Running::start(app()).await;
    let event = Event::user("none", r#"427["none"]"#);
    for (event, status) in [
        (event.clone(), 400),
        (event.with("ce-signature", "sha256=00"), 401),
    ] {
        for method in [Method::PUT, Method::DELETE] {
            let sent = app
                .http
                .request(method, format!("{}/api/socketio", app.base))
                .headers(event.headers())
                .body(event.body.clone());
            assert_eq!(sent.send().await.unwrap().status(), status);
        }
    }
}

#[tokio::test]
async fn a_named_handler_goes_before_the_catch_all_and_hubs_ignore_case() {
    let hub = Hub::new("Hub")
        .on_any(|| async { Ack("any") })
        .on("chat", || async { Ack("own") });
    let app = Running::start(App::new().hub(hub)).await;
    for hub in ["hub", "HUB"] {
        for (name, expected) in [("chat", "own"), ("Chat", "own"), ("other", "any")] {
            let event = Event::user(name, &format!(r#"421["{name}"]"#)).with("ce-hub", hub);
            let answer = app.event(&event).await;
            assert_eq!(answer.body, format!(r#"431["{expected}"]"#), "{hub} {name}");
        }
    }
}

#[tokio::test]
async fn a_service_that_is_silent_costs_an_event_no_more_than_its_time() {
    let hub = Hub::new("hub").on("chat", |io: Io| async move {
        io.emit("said", ());
        Ack(1)
    });
    let settings = |settings: Settings| settings.with(Settings::EVENT_DEADLINE, "0.5");
    let app = Running::with(App::new().hub(hub), settings).await;
    app.service.script_all([Scripted::Silence]);
    // The client gives up long after the time of an event.
    let answer = app.event(&Event::user("chat", r#"421["chat"]"#)).await;
    assert_eq!(answer.parts(), (200, ""));
    let answer = app.event(&Event::user("chat", r#"422["chat"]"#)).await;
    assert_eq!(answer.parts(), (200, "432[1]"));
}
