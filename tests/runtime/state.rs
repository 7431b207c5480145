//! State that takes time to make.

use std::sync::Arc;

use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use tokio::sync::Notify;

use crate::support::{Event, KEY, PATIENCE, Running};

#[derive(Clone)]
struct Greeting(String);

fn app(gate: Arc<Notify>) -> App {
    App::new()
        .state_with(move |settings: Settings| async move {
            gate.notified().await;
            let text = settings.get("GREETING").unwrap_or("hello").to_owned();
            Ok::<_, std::convert::Infallible>(Greeting(text))
        })
        .hub(Hub::new("hub").on(
            "greet",
            |State(Greeting(text)): State<Greeting>| async move { Ack(text) },
        ))
}

#[tokio::test]
async fn invocations_wait_for_it_and_the_probe_does_not() {
    let gate = Arc::new(Notify::new());
    let app = Running::with(app(gate.clone()), |settings| {
        settings.with("GREETING", "hi")
    })
    .await;
    let probe = app.http.get(&app.base).send().await.unwrap();
    assert_eq!(probe.status(), 200);
    let event = Event::user("greet", r#"421["greet"]"#);
    let (answer, ()) = tokio::join!(app.event(&event), async { gate.notify_one() });
    assert_eq!(answer.parts(), (200, r#"431["hi"]"#));
}

#[tokio::test]
async fn an_invocation_does_not_wait_beyond_its_deadline() {
    let never = Arc::new(Notify::new());
    let app = Running::with(app(never), |settings| {
        settings.with(Settings::EVENT_DEADLINE, "0.2")
    })
    .await;
    let event = Event::user("greet", r#"421["greet"]"#);
    assert_eq!(app.event(&event).await.parts(), (200, ""));
}

#[tokio::test]
async fn a_failure_to_make_it_ends_the_server_with_the_reason() {
    let app = App::new()
        .state_with(|| async { Err::<Greeting, _>(std::io::Error::other("no database")) })
        .hub(Hub::new("hub"));
    let connection = format!("Endpoint=http://localhost;AccessKey={KEY};");
    let registry = app.build(Settings::new().with(Settings::CONNECTION, connection));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = socketio_functions::serve(registry.unwrap(), listener, std::future::pending());
    let ended = tokio::time::timeout(PATIENCE, served).await.unwrap();
    let error = ended.unwrap_err().to_string();
    assert!(
        error.contains("Greeting") && error.contains("no database"),
        "{error}"
    );
}
