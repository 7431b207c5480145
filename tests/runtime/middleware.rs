//! Middleware surrounds handlers of every kind, sees what becomes of them, and decides which outcome leaves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use socketio_functions::middleware::{Failure, InvocationKind};
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use socketio_functions::testing::TestApp;

use crate::support::{Event, Running};

/// What layers have noted, in order.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: impl Into<String>) {
        self.0.lock().unwrap().push(note.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A layer that notes its name before and after.
macro_rules! noting {
    ($notes:expr, $name:literal) => {{
        let notes = $notes.clone();
        move |call: Call, next: Next| {
            let notes = notes.clone();
            async move {
                notes.add(concat!($name, " in"));
                let outcome = next.run(call).await;
                notes.add(concat!($name, " out"));
                outcome
            }
        }
    }};
}

#[tokio::test]
async fn the_first_layer_is_outermost_and_applies_wherever_it_is_written() {
    let notes = Notes::default();
    let handler = {
        let notes = notes.clone();
        move || {
            let notes = notes.clone();
            async move { notes.add("handler") }
        }
    };
    let other = handler.clone();
    let hub = Hub::new("hub")
        .on("early", handler)
        .layer(noting!(notes, "hub"))
        .namespace("/ns", |ns| {
            ns.on("inner", other).layer(noting!(notes, "namespace"))
        });
    let app = App::new()
        .hub(hub)
        .layer(noting!(notes, "first"))
        .layer(noting!(notes, "second"));
    let app = TestApp::new(app).await.unwrap();
    assert!(app.socket().emit("early", ()).await.is_ok());
    assert_eq!(
        notes.take(),
        [
            "first in",
            "second in",
            "hub in",
            "handler",
            "hub out",
            "second out",
            "first out"
        ]
    );
    let socket = app.socket().namespace("/ns");
    assert!(socket.emit("inner", ()).await.is_ok());
    assert_eq!(
        notes.take(),
        [
            "first in",
            "second in",
            "hub in",
            "namespace in",
            "handler",
            "namespace out",
            "hub out",
            "second out",
            "first out"
        ]
    );
    // Unregistered events reach no layer.
    assert!(!app.socket().emit("unknown", ()).await.is_handled());
    assert!(notes.take().is_empty());
}

/// An app with a handler of each kind, and a layer that notes what it sees of each.
fn seen(notes: &Notes) -> App {
    let noted = notes.clone();
    let layer = move |call: Call, next: Next| {
        let noted = noted.clone();
        async move {
            let event = call.event().unwrap_or("-");
            let user = call.user().map_or("-", UserId::as_str);
            let path = call
                .request()
                .map_or("-", |request| request.path.as_str())
                .to_owned();
            noted.add(format!(
                "{} {} {event} {user} {path}",
                call.kind(),
                call.name()
            ));
            next.run(call).await
        }
    };
    let hub = Hub::new("hub")
        .negotiate("negotiate", Identity::Anonymous)
        .on_connect(|| async {})
        .on_connected(|| async {})
        .on_disconnected(|| async {})
        .on("say", || async {})
        .on_any(|| async {});
    App::new()
        .layer(layer)
        .hub(hub)
        .get("hello", || async { "hello" })
        .timer("tick", "* * * * * *", || async {})
        .queue("job", "jobs", "Store", || async {})
}

#[tokio::test]
async fn every_kind_of_invocation_passes_the_layers_of_the_app() {
    let notes = Notes::default();
    let app = TestApp::new(seen(&notes)).await.unwrap();
    let ada = app.socket().user("ada");
    ada.connect().await;
    ada.connected().await;
    ada.emit("say", ()).await;
    ada.emit("anything", ()).await;
    ada.disconnected("").await;
    app.get("negotiate").await;
    app.get("hello").await;
    app.timer("tick").await;
    app.queue("job", "x").await;
    assert_eq!(
        notes.take(),
        [
            "connect connect - ada -",
            "connected connected - ada -",
            "event say say ada -",
            "event * anything ada -",
            "disconnected disconnected - ada -",
            "negotiation negotiate - - negotiate",
            "HTTP hello - - hello",
            "timer tick - - -",
            "queue job - - -",
        ]
    );
}

#[tokio::test]
async fn strangers_and_validation_requests_never_reach_a_layer() {
    let notes = Notes::default();
    let app = Running::start(seen(&notes)).await;
    let stranger = Event::user("say", r#"42["say"]"#).with("ce-signature", "sha256=00");
    assert_eq!(app.event(&stranger).await.status, 401);
    assert!(notes.take().is_empty());
    assert_eq!(
        app.event(&Event::user("say", r#"42["say"]"#)).await.status,
        200
    );
    assert_eq!(notes.take().len(), 1);
}

#[tokio::test]
async fn a_layer_refuses_in_the_way_of_each_kind() {
    async fn nobody(call: Call, _: Next) -> Outcome {
        call.refuse(Refusal::new("not today").status(429))
    }
    let app = App::new().layer(nobody).get("hello", || async { "hello" });
    let app = app.hub(
        Hub::new("hub")
            .on_connect(|| async {})
            .on("say", || async { Ack(true) }),
    );
    let app = TestApp::new(app).await.unwrap();
    let socket = app.socket();
    assert_eq!(
        socket.emit("say", ()).await.ack(),
        Some(json!(["not today"]))
    );
    assert_eq!(socket.connect().await.rejection(), Some((429, "not today")));
    let outcome = app.get("hello").await;
    let response = outcome.response().unwrap();
    assert_eq!(
        (response.status.as_u16(), &response.body),
        (429, &Bytes::from("not today"))
    );
}

#[tokio::test]
async fn only_the_outbox_of_the_returned_outcome_leaves() {
    async fn twice(call: Call, next: Next) -> Outcome {
        let first = next.run(call.clone()).await;
        assert!(first.is_ok());
        next.run(call).await
    }
    let count = Arc::new(Mutex::new(0));
    let counted = count.clone();
    let say = move |io: Io| {
        let run = {
            let mut count = counted.lock().unwrap();
            *count += 1;
            *count
        };
        async move { io.emit("run", run) }
    };
    let app = Running::start(App::new().layer(twice).hub(Hub::new("hub").on("say", say))).await;
    assert_eq!(
        app.event(&Event::user("say", r#"42["say"]"#)).await.status,
        200
    );
    let bodies: Vec<String> = app.service.calls().into_iter().map(|c| c.body).collect();
    assert_eq!(bodies, [r#"42["run",2]"#]);
}

#[tokio::test]
async fn what_becomes_of_a_handler_is_seen() {
    let notes = Notes::default();
    let noted = notes.clone();
    let layer = move |call: Call, next: Next| {
        let noted = noted.clone();
        async move {
            let name = call.name().to_owned();
            let outcome = next.run(call).await;
            let end = match outcome.failure() {
                None => "succeeded",
                Some(Failure::Refused(_)) => "refused",
                Some(Failure::Rejected(_)) => "rejected",
                Some(Failure::Failed(_)) => "failed",
                Some(Failure::Panicked(_)) => "panicked",
                Some(Failure::TimedOut(_)) => "timed out",
                Some(other) => panic!("{other}"),
            };
            noted.add(format!("{name} {end}"));
            outcome
        }
    };
    async fn fails() -> anyhow::Result<()> {
        anyhow::bail!("on purpose")
    }
    async fn refuses() -> Result<(), Refusal> {
        Err(Refusal::new("no"))
    }
    async fn panics() {
        panic!("on purpose")
    }
    let hub = Hub::new("hub")
        .on("fine", || async {})
        .on("refuses", refuses)
        .on("rejects", |_: Data<u8>| async {})
        .on("fails", fails)
        .on("panics", panics)
        .on("hangs", std::future::pending::<()>);
    let settings = Settings::new().with(Settings::EVENT_DEADLINE, "0.2");
    let app = TestApp::with(App::new().layer(layer).hub(hub), settings);
    let app = app.await.unwrap();
    for event in ["fine", "refuses", "rejects", "fails", "panics", "hangs"] {
        app.socket().emit(event, ()).await;
    }
    assert_eq!(
        notes.take(),
        [
            "fine succeeded",
            "refuses refused",
            "rejects rejected",
            "fails failed",
            "panics panicked",
            "hangs timed out",
        ]
    );
}

#[tokio::test]
async fn a_layer_that_fails_panics_or_hangs_is_a_failed_invocation() {
    async fn bad(call: Call, next: Next) -> anyhow::Result<Outcome> {
        match call.event() {
            Some("fails") => anyhow::bail!("on purpose"),
            Some("panics") => panic!("on purpose"),
            Some("hangs") => std::future::pending().await,
            _ => Ok(next.run(call).await),
        }
    }
    let hub = Hub::new("hub").on_any(|| async { Ack(true) });
    let settings = Settings::new().with(Settings::EVENT_DEADLINE, "0.2");
    let app = TestApp::with(App::new().layer(bad).hub(hub), settings);
    let app = app.await.unwrap();
    let socket = app.socket();
    assert!(socket.emit("fine", ()).await.is_ok());
    for (event, reason) in [
        ("fails", "on purpose"),
        ("panics", "on purpose"),
        ("hangs", "did not answer"),
    ] {
        let outcome = socket.emit(event, ()).await;
        let failure = outcome.failure().unwrap().to_string();
        assert!(failure.contains(reason), "{event}: {failure}");
    }
}

#[tokio::test]
async fn what_a_layer_adds_is_an_argument_and_a_response_can_be_changed() {
    #[derive(Clone)]
    struct Tenant(&'static str);
    async fn tenant(mut call: Call, next: Next) -> Outcome {
        if call.kind() == InvocationKind::Http {
            call.insert(Tenant("north"));
        }
        let mut outcome = next.run(call).await;
        if let Some(response) = outcome.response_mut() {
            let value = http::HeaderValue::from_static("yes");
            response.headers.insert("x-layered", value);
        }
        outcome
    }
    async fn hello(Extension(Tenant(name)): Extension<Tenant>) -> String {
        name.to_owned()
    }
    async fn say(_: Extension<Tenant>) {}
    let app = App::new().layer(tenant).get("hello", hello);
    let app = TestApp::new(app.hub(Hub::new("hub").on("say", say)));
    let app = app.await.unwrap();
    let outcome = app.get("hello").await;
    let response = outcome.response().unwrap();
    assert_eq!(response.body, "north");
    assert_eq!(response.headers["x-layered"], "yes");
    let outcome = app.socket().emit("say", ()).await;
    let failure = outcome.failure().unwrap().to_string();
    assert!(
        failure.contains("no middleware has added a value of type Tenant"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_layer_waits_for_state_that_takes_time_to_make() {
    async fn slow() -> anyhow::Result<u8> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(7)
    }
    async fn takes(call: Call, next: Next) -> Outcome {
        match call.state::<u8>() {
            Some(7) => next.run(call).await,
            _ => call.refuse(Refusal::new("no state")),
        }
    }
    let hub = Hub::new("hub").on("say", || async { Ack(true) });
    let app = Running::start(App::new().state_with(slow).layer(takes).hub(hub)).await;
    let answer = app.event(&Event::user("say", r#"421["say"]"#)).await;
    assert_eq!(answer.parts(), (200, "431[true]"));
}
