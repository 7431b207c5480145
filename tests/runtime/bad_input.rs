//! What is not a well-formed event of our service.

use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::support::{Answer, Event, Running};

fn app() -> App {
    App::new().hub(Hub::new("hub").on_connect(|| async {}).on(
        "chat",
        |Data((_, _)): Data<(String, u32)>, io: Io| async move {
            io.emit("heard", ());
            Ack(true)
        },
    ))
}

#[tokio::test]
async fn strangers_get_401_whatever_they_ask_for() {
    let app = Running::start(app()).await;
    let good = Event::user("chat", r#"421["chat","a",1]"#);
    for (why, event) in [
        ("no signature", good.clone().without("ce-signature")),
        (
            "another's signature",
            good.clone().with("ce-connectionid", "conn2"),
        ),
        ("garbage", good.clone().with("ce-signature", "sha256=00")),
        ("no connection", good.clone().without("ce-connectionid")),
        (
            "another origin",
            good.clone().with("webhook-request-origin", "evil.example"),
        ),
        (
            "unknown hub",
            good.clone().with("ce-hub", "other").without("ce-signature"),
        ),
        (
            "unknown event",
            good.clone()
                .with("ce-eventname", "x")
                .without("ce-signature"),
        ),
    ] {
        assert_eq!(app.event(&event).await.parts(), (401, ""), "{why}");
    }
    assert!(app.service.calls().is_empty());
}

#[tokio::test]
async fn a_signed_request_with_a_bad_head_gets_400_with_the_header() {
    let app = Running::start(app()).await;
    let good = Event::user("chat", r#"421["chat","a",1]"#);
    for name in [
        "ce-hub",
        "ce-type",
        "ce-eventname",
        "ce-namespace",
        "ce-socketid",
    ] {
        let answer = app.event(&good.clone().without(name)).await;
        assert_eq!(answer.status, 400, "{name}");
        assert!(answer.body.contains(name), "{answer:?}");
    }
}

#[tokio::test]
async fn the_origin_may_be_missing_on_a_signed_request() {
    let app = Running::start(app()).await;
    let event = Event::user("chat", r#"421["chat","a",1]"#).without("webhook-request-origin");
    assert_eq!(app.event(&event).await.parts(), (200, "431[true]"));
}

#[tokio::test]
async fn arguments_that_do_not_fit_fail_the_event_only() {
    let app = Running::start(app()).await;
    for body in [
        r#"421["chat","a","b"]"#,
        r#"421["chat","a"]"#,
        r#"421["chat","a",1,2]"#,
        r#"421["chat","a",-1]"#,
    ] {
        assert_eq!(
            app.event(&Event::user("chat", body)).await.parts(),
            (200, ""),
            "{body}"
        );
    }
    assert!(app.service.calls().is_empty());
}

#[tokio::test]
async fn a_body_that_is_no_event_fails_the_event_only() {
    let app = Running::start(app()).await;
    for body in [
        "",
        "hello",
        "42",
        "42{}",
        r#"42["other"]"#,
        "43[1]",
        "451-[\"chat\"]",
    ] {
        assert_eq!(
            app.event(&Event::user("chat", body)).await.parts(),
            (200, ""),
            "{body}"
        );
    }
    // A connect whose body was lost must not be admitted on the claims that are missing.
    let mut lost = Event::connect();
    lost.body.clear();
    assert_eq!(app.event(&lost).await.status, 422);
}

#[tokio::test]
async fn an_event_that_nobody_registered_is_accepted_and_dropped() {
    let app = Running::start(app()).await;
    let answer = app.event(&Event::user("other", r#"421["other"]"#)).await;
    assert_eq!(answer.parts(), (200, ""));
}

#[tokio::test]
async fn an_oversized_body_is_refused() {
    let app = Running::start(app()).await;
    let event = Event::user("chat", &"x".repeat(5 * 1024 * 1024));
    assert_eq!(app.event(&event).await.status, 413);
}

#[tokio::test]
async fn a_request_longer_than_the_hosts_limit_is_refused() {
    let app = App::new().post("length", |request: Request| async move {
        request.body.len().to_string()
    });
    let app = Running::with(app, |settings| settings.with(Settings::BODY_LIMIT, "10")).await;
    let post = async |path: &str, body: reqwest::Body| {
        let sent = app.http.post(format!("{}{path}", app.base)).body(body);
        Answer::of(sent.send().await.unwrap()).await
    };
    assert_eq!(
        post("/api/length", "0123456789".into()).await.parts(),
        (200, "10")
    );
    assert_eq!(post("/api/length", "0123456789+".into()).await.status, 413);
    // Without a length in front it is counted.
    let chunks = [Ok::<_, std::io::Error>("01234"), Ok("56789"), Ok("+")];
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    assert_eq!(post("/api/length", chunked).await.status, 413);
    // An envelope has room for as much again, and for the headers.
    let most = 20 + 256 * 1024;
    assert_eq!(post("/length", "x".repeat(most).into()).await.status, 400);
    assert_eq!(
        post("/length", "x".repeat(most + 1).into()).await.status,
        413
    );
}

#[tokio::test]
async fn a_body_is_waited_for_no_longer_than_an_event_and_a_strangers_not_at_all() {
    let settings = |settings: Settings| settings.with(Settings::EVENT_DEADLINE, "0.3");
    let app = Running::with(app(), settings).await;
    let never =
        || reqwest::Body::wrap_stream(futures_util::stream::pending::<std::io::Result<Bytes>>());
    let post = async |event: Event| {
        let url = format!("{}/api/socketio", app.base);
        let sent = app.http.post(url).headers(event.headers()).body(never());
        sent.send().await.unwrap().status().as_u16()
    };
    // A body that does not come is one that was lost.
    assert_eq!(post(Event::user("chat", "")).await, 200);
    assert_eq!(post(Event::connect()).await, 422);
    // Long before the time of an event is over, whatever that is.
    let settings = |settings: Settings| settings.with(Settings::EVENT_DEADLINE, "230");
    let app = Running::with(self::app(), settings).await;
    let event = Event::user("chat", "").with("ce-signature", "sha256=00");
    let url = format!("{}/api/socketio", app.base);
    let sent = app.http.post(url).headers(event.headers()).body(never());
    assert_eq!(sent.send().await.unwrap().status(), 401);
}
