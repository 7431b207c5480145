//! What the log says of mistakes that nothing else shows.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::{Value, json};
use socketio_functions::extract::{Rejection, Variadic};
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use tokio::sync::Notify;
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;

use crate::support::{Answer, Event, PATIENCE, Running};

/// The log of a test, which runs on one thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Alive as long as the process. With a single subscriber `tracing` asks that of the thread which comes first to a place
/// whether it is to be heard of, and other tests' threads lack it.
static OTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));

impl Log {
    fn begin() -> (Self, DefaultGuard) {
        LazyLock::force(&OTHER);
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines since the last look, each from its level on.
    fn take(&self) -> Vec<String> {
        let text = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(text).unwrap();
        let line = |line: &str| {
            let level = ["WARN", "ERROR"].iter().find_map(|level| line.find(level));
            line[level.unwrap_or(0)..].to_owned()
        };
        text.lines().map(line).collect()
    }

    /// The only line since the last look.
    fn one(&self) -> String {
        let lines = self.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.into_iter().next().unwrap()
    }
}

#[tokio::test]
async fn an_event_or_namespace_that_nobody_registered_is_warned_about_once() {
    let (log, _guard) = Log::begin();
    let app = Running::start(App::new().hub(Hub::new("hub").on("chat", || async {}))).await;
    for name in ["typo", "other"] {
        let event = Event::user(name, &format!(r#"42["{name}"]"#));
        assert_eq!(app.event(&event).await.status, 200);
        let line = log.one();
        assert!(line.starts_with("WARN"), "{line}");
        assert!(line.contains(&format!("`.on({name:?}, …)`")), "{line}");
        assert_eq!(app.event(&event).await.status, 200);
        assert_eq!(log.take(), [""; 0]);
    }
    let elsewhere = Event::connect().with("ce-namespace", "/typo");
    assert_eq!(app.event(&elsewhere).await.status, 404);
    assert!(log.one().contains("namespace \"/typo\""));
    assert_eq!(app.event(&elsewhere).await.status, 404);
    assert_eq!(log.take(), [""; 0]);
    let known = Event::user("chat", r#"42["chat"]"#);
    assert_eq!(app.event(&known).await.status, 200);
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test]
async fn during_development_every_event_without_a_handler_is_warned_about() {
    let (log, _guard) = Log::begin();
    let app = App::new().hub(Hub::new("hub").on("chat", || async {}));
    let app = Running::with(app, |settings| {
        settings.with(Settings::ENVIRONMENT, "Development")
    })
    .await;
    let typo = Event::user("typo", r#"42["typo"]"#);
    for _ in 0..3 {
        assert_eq!(app.event(&typo).await.status, 200);
        let line = log.one();
        assert!(line.contains("has no handler"), "{line}");
    }
}

#[tokio::test]
async fn a_failure_that_nobody_is_told_of_is_an_error_in_the_log() {
    let (log, _guard) = Log::begin();
    let failing = || async { Err::<(), _>(std::io::Error::other("on purpose")) };
    let hub = Hub::new("hub")
        .on_connected(failing)
        .on_disconnected(failing);
    let app = Running::start(App::new().hub(hub.on("chat", failing))).await;
    for event in [
        Event::connected(),
        Event::disconnected("x"),
        Event::user("chat", r#"421["chat"]"#),
    ] {
        assert_eq!(app.event(&event).await.status, 200);
        let line = log.one();
        assert!(
            line.starts_with("ERROR") && line.contains("on purpose"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_body_that_was_lost_is_reported_with_its_cause() {
    let (log, _guard) = Log::begin();
    let app = Running::start(App::new().hub(Hub::new("hub").on("chat", || async {}))).await;
    let lost = Event::user("chat", "");
    assert_eq!(app.event(&lost).await.status, 200);
    assert!(log.one().contains("it is empty"));
    // As the host wraps a request that had no length: the header is there, and the body is not.
    let mut headers = lost.wrapped_headers();
    headers["Transfer-Encoding"] = json!(["chunked"]);
    let envelope = json!({ "Data": { "req": {
        "Url": "http://localhost/api/socketio", "Method": "POST", "Headers": headers, "Params": {}, "Body": "",
    } } });
    let sent = app
        .http
        .post(format!("{}/socketio", app.base))
        .json(&envelope);
    let answer = Answer::of(sent.send().await.unwrap()).await;
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["Outputs"]["res"]["statusCode"], "200");
    let line = log.one();
    assert!(
        line.contains("it came in chunks") && line.contains("enableProxyingHttpRequest"),
        "{line}"
    );
}

#[tokio::test]
async fn what_is_put_out_after_the_end_is_an_error_that_names_the_client() {
    let (log, _guard) = Log::begin();
    let (ended, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let told = (ended.clone(), done.clone());
    let app = App::new().state(told).hub(Hub::new("hub").on(
        "chat",
        |io: Io, State((ended, done)): State<(Arc<Notify>, Arc<Notify>)>| async move {
            tokio::spawn(async move {
                ended.notified().await;
                io.emit("late", ());
                done.notify_one();
            });
        },
    ));
    let app = Running::start(app).await;
    let event = Event::user("chat", r#"42["chat"]"#);
    assert_eq!(app.event(&event).await.status, 200);
    ended.notify_one();
    tokio::time::timeout(PATIENCE, done.notified())
        .await
        .unwrap();
    let line = log.one();
    assert!(
        line.contains("emit \"late\"") && line.contains("take a `Client`"),
        "{line}"
    );
    assert!(app.service.calls().is_empty());
}

#[tokio::test]
async fn an_acknowledgement_that_the_extension_would_change_is_warned_about() {
    let (log, _guard) = Log::begin();
    let echo = |Data(Variadic(all)): Data<Variadic<Value>>| async move { Ack(Variadic(all)) };
    let app = Running::start(App::new().hub(Hub::new("hub").on("echo", echo))).await;
    let invoke = async |argument: &str| {
        let document = json!({
            "payload": format!(r#"421["echo",{argument}]"#), "eventName": "echo", "namespace": "/",
            "socketId": "s1", "connectionId": "c1",
        });
        let envelope = json!({ "Data": { "socketEvent": document.to_string() }, "Metadata": {} });
        let sent = app.http.post(format!("{}/echo", app.base)).json(&envelope);
        let answer = Answer::of(sent.send().await.unwrap()).await;
        serde_json::from_str::<Value>(&answer.body).unwrap()["ReturnValue"].clone()
    };
    let answer = invoke("\"2024-01-01T00:00:00Z\"").await;
    assert_eq!(answer["ack"], json!(["2024-01-01T00:00:00Z"]));
    let line = log.one();
    assert!(
        line.starts_with("WARN") && line.contains("looks like a date"),
        "{line}"
    );
    // What it would replace or fail on is not sent at all.
    let answer = invoke(r#"{"$ref":"1","a":2}"#).await;
    assert_eq!(answer, json!({ "statusCode": 200 }));
    let line = log.one();
    assert!(
        line.starts_with("ERROR") && line.contains("begins with $"),
        "{line}"
    );
    assert_eq!(invoke("1").await["ack"], json!([1]));
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test]
async fn what_clients_cause_at_will_is_abridged_except_during_development() {
    const EACH: usize = 100;
    let (log, _guard) = Log::begin();
    let banned = || async { Err::<(), _>(Rejection::new("banned").refuse(Refusal::new("no"))) };
    let failing = || async { Err::<(), _>(std::io::Error::other("on purpose")) };
    let app = || {
        let hub = Hub::new("hub")
            .on("count", |Data(_): Data<u32>| async {})
            .on("enter", banned)
            .on("fail", failing);
        App::new().hub(hub).get("gate", banned)
    };
    let fit_nothing = [
        Event::user("count", r#"42["count","x"]"#),
        Event::user("count", r#"421["count","x"]"#),
        Event::user("count", "42{"),
        Event::user("enter", r#"42["enter"]"#),
        Event::user("count", r#"42["count",1]"#).with("ce-namespace", ""),
    ];
    let kinds = fit_nothing.len() + 1;
    // The first ten, and those with the numbers 100, 1000 and so on.
    for (environment, lines) in [("Production", 11), ("Development", kinds * EACH)] {
        let app = Running::with(app(), |settings| {
            settings.with(Settings::ENVIRONMENT, environment)
        })
        .await;
        for _ in 0..EACH {
            for event in &fit_nothing {
                app.event(event).await;
            }
            let gate = app.http.get(format!("{}/api/gate", app.base));
            gate.send().await.unwrap();
        }
        let written = log.take();
        assert_eq!(written.len(), lines, "{environment}: {written:?}");
        // The app's own failures are all there.
        let failed = Event::user("fail", r#"42["fail"]"#);
        for _ in 0..20 {
            assert_eq!(app.event(&failed).await.status, 200);
        }
        assert_eq!(log.take().len(), 20, "{environment}");
    }
}
