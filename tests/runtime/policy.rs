//! What the service is told when a handler fails, by the policy of the hub.

use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::support::{Event, Running};

/// Is too slow, and holds something that panics when it is dropped.
async fn burst() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }
    let _bomb = Bomb;
    std::future::pending::<()>().await;
}

async fn app(policy: OnError) -> Running {
    let app = App::new().on_error(policy).hub(
        Hub::new("hub")
            .on_connect(|| async { Err::<(), _>(std::io::Error::other("on purpose")) })
            .on_connected(|| async { Err::<(), _>(std::io::Error::other("on purpose")) })
            .on_disconnected(|Reason(why): Reason| async move {
                assert_eq!(why, "", "on purpose");
            })
            .on("fail", || async {
                Err::<(), _>(std::io::Error::other("on purpose"))
            })
            .on("panic", |Data(yes): Data<bool>| async move {
                assert!(!yes, "on purpose");
            })
            .on("hang", || async { std::future::pending::<()>().await })
            .on("burst", burst)
            .on("send", |io: Io| async move { io.emit("x", ()) })
            .on("refused", |io: Io| async move { io.emit("connect", ()) })
            .on("number", |Data(_): Data<u32>| async move {}),
    );
    Running::with(app, |settings| {
        settings.with(Settings::EVENT_DEADLINE, "0.2")
    })
    .await
}

/// The statuses of a failed connect, of a failed event of each sort, and of the two that are not awaited.
async fn statuses(policy: OnError) -> (u16, Vec<u16>, [u16; 2]) {
    let app = app(policy).await;
    let connect = app.event(&Event::connect()).await.status;
    app.service.script(&[400]);
    let mut events = Vec::new();
    for (name, body) in [
        ("send", r#"421["send"]"#),
        ("refused", r#"421["refused"]"#),
        ("fail", r#"421["fail"]"#),
        ("panic", r#"421["panic",true]"#),
        ("hang", r#"421["hang"]"#),
        ("burst", r#"421["burst"]"#),
        ("number", r#"421["number","x"]"#),
        ("number", ""),
        ("number", "hello"),
    ] {
        let answer = app.event(&Event::user(name, body)).await;
        assert_eq!(answer.body, "", "{name}");
        events.push(answer.status);
    }
    let connected = app.event(&Event::connected()).await.status;
    let disconnected = app.event(&Event::disconnected("x")).await.status;
    (connect, events, [connected, disconnected])
}

#[tokio::test]
async fn a_failure_is_logged_and_answered_with_success_by_default() {
    assert_eq!(
        statuses(OnError::default()).await,
        (422, vec![200; 9], [200, 200])
    );
}

#[tokio::test]
async fn a_status_replaces_the_success_of_events_alone() {
    assert_eq!(
        statuses(OnError::Status(410)).await,
        (422, vec![410; 9], [200, 200])
    );
}

#[tokio::test]
async fn a_retry_is_asked_for_where_somebody_waits() {
    assert_eq!(
        statuses(OnError::Retry).await,
        (500, vec![500; 9], [200, 200])
    );
}

#[tokio::test]
async fn a_connect_handler_must_answer_in_time() {
    let hub = Hub::new("hub").on_connect(|| async { std::future::pending::<()>().await });
    let app = App::new().hub(hub);
    let app = Running::with(app, |settings| {
        settings.with(Settings::EVENT_DEADLINE, "0.2")
    })
    .await;
    assert_eq!(app.event(&Event::connect()).await.status, 422);
}

#[test]
fn a_status_that_asks_for_a_repetition_is_refused() {
    for code in [200, 408, 500, 7] {
        let app = App::new().hub(Hub::new("hub").on_error(OnError::Status(code)));
        let error = app.check().unwrap_err().to_string();
        assert!(error.contains("policy.rs:"), "{error}");
    }
}

#[tokio::test]
async fn a_hub_has_a_policy_of_its_own() {
    let app = App::new().on_error(OnError::Retry).hub(
        Hub::new("hub")
            .on_error(OnError::Log)
            .on("fail", || async { Err::<(), _>(std::fmt::Error) }),
    );
    let app = Running::start(app).await;
    let answer = app.event(&Event::user("fail", r#"42["fail"]"#)).await;
    assert_eq!(answer.status, 200);
}
