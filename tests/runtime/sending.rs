//! `Client`: what it sends leaves at once, and says what became of it.

use std::sync::{Arc, Mutex};

use socketio_functions::prelude::*;
use socketio_functions::{SendError, settings};

use crate::service::{Scripted, Service};
use crate::support::{Event, KEY, Running};

type Outcomes = Arc<Mutex<Vec<Result<(), SendError>>>>;

fn app(outcomes: Outcomes) -> App {
    App::new()
        .state(outcomes)
        .hub(
            Hub::new("hub")
                .on(
                    "go",
                    |socket: Socket, client: Client, State(outcomes): State<Outcomes>| async move {
                        let sent = client.to(["a", "b"]).except(&socket).emit("news", 1).await;
                        outcomes.lock().unwrap().push(sent);
                        let joined = client.socket(&socket).join(["x", "y"]).await;
                        outcomes.lock().unwrap().push(joined);
                        Err::<(), _>(std::io::Error::other("what was sent has been sent"))
                    },
                )
                .namespace("/ns", |scope| {
                    scope
                        .on_connected(|client: Client| async move { client.emit("came", ()).await })
                }),
        )
        .get("other", |client: Client| async move {
            let refused = client.hub("none").emit("e", ()).await;
            refused.unwrap_err().to_string()
        })
}

#[tokio::test]
async fn what_a_client_sends_leaves_at_once() {
    let outcomes = Outcomes::default();
    let app = Running::start(app(outcomes.clone())).await;
    app.event(&Event::user("go", r#"421["go"]"#)).await;
    let calls = app.service.calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[0].body, r#"42["news",1]"#);
    assert_eq!(
        calls[0].filter.as_deref(),
        Some("('0~Lw~YQ' in groups or '0~Lw~Yg' in groups) and not ('0~Lw~czE' in groups)")
    );
    assert_eq!(
        calls[1].body,
        r#"{"filter":"'0~Lw~czE' in groups","groups":["0~Lw~eA","0~Lw~eQ"]}"#
    );
    assert!(outcomes.lock().unwrap().iter().all(Result::is_ok));
}

#[tokio::test]
async fn it_begins_in_the_namespace_of_the_invocation() {
    let app = Running::start(app(Outcomes::default())).await;
    let came = Event::connected().with("ce-namespace", "/ns");
    assert_eq!(app.event(&came).await.parts(), (200, ""));
    assert_eq!(app.service.calls()[0].body, r#"42/ns,["came"]"#);
}

#[tokio::test]
async fn a_sending_that_fails_says_why_and_is_not_repeated_where_it_may_have_happened() {
    let outcomes = Outcomes::default();
    let app = Running::start(app(outcomes.clone())).await;
    // The emission fails for good; joining twice does no more than joining once, so that is tried again.
    app.service.script(&[500, 500, 200]);
    app.event(&Event::user("go", r#"421["go"]"#)).await;
    assert_eq!(app.service.calls().len(), 3);
    let outcomes = outcomes.lock().unwrap();
    assert!(matches!(
        outcomes[0],
        Err(SendError::Status { status: 500, .. })
    ));
    assert!(outcomes[1].is_ok(), "{outcomes:?}");
}

#[tokio::test]
async fn a_hub_that_the_app_does_not_have_is_named() {
    let app = Running::start(app(Outcomes::default())).await;
    let sent = app.http.get(format!("{}/api/other", app.base)).send();
    let text = sent.await.unwrap().text().await.unwrap();
    assert!(text.contains("none"), "{text}");
}

#[tokio::test]
async fn outside_of_an_app_a_client_comes_from_settings() {
    let service = Service::start().await;
    let connection = format!("Endpoint={};AccessKey={KEY};", service.endpoint);
    let settings = settings::Settings::new().with(settings::Settings::CONNECTION, connection);
    let client = Client::new(&settings, "hub").unwrap();
    let unsent = client.emit("never", ());
    drop(unsent);
    client.user("ada").emit("hello", "you").await.unwrap();
    client
        .namespace("/ns")
        .socket("s1")
        .disconnect()
        .await
        .unwrap();
    let calls = service.calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[0].path, "/api/hubs/hub/users/ada/:send");
    assert_eq!(calls[1].body, "41/ns,");
    for refused in [
        client.to("").emit("e", ()),
        client.emit("disconnect", ()),
        client.emit("", ()),
        client.namespace("ns").emit("e", ()),
        client.hub("1").emit("e", ()),
    ] {
        assert!(matches!(refused.await, Err(SendError::Refused(_))));
    }
    assert_eq!(service.calls().len(), 2);

    // Another service's connection stands in a setting of its own.
    let other = Service::start().await;
    let connection = format!("Endpoint={};AccessKey={KEY};", other.endpoint);
    let settings = settings.with("OTHER", connection);
    let client = Client::from_connection(&settings, "OTHER", "second").unwrap();
    client.emit("hello", ()).await.unwrap();
    assert_eq!(other.calls()[0].path, "/api/hubs/second/groups/0~Lw~/:send");
    assert_eq!(service.calls().len(), 2);
    assert!(Client::from_connection(&settings, "NONE", "hub").is_err());
}

/// A client of a recorder.
async fn client() -> (Service, Client) {
    let service = Service::start().await;
    let connection = format!("Endpoint={};AccessKey={KEY};", service.endpoint);
    let settings = settings::Settings::new().with(settings::Settings::CONNECTION, connection);
    (service, Client::new(&settings, "hub").unwrap())
}

#[tokio::test]
async fn what_may_be_made_twice_is_tried_again_and_a_sending_only_where_it_was_not_taken() {
    let (service, client) = client().await;
    let mut calls = 0;
    for (status, of_sending) in [
        (408, 1),
        (429, 2),
        (500, 1),
        (502, 1),
        (503, 2),
        (504, 1),
        (400, 1),
        (404, 1),
    ] {
        service.script_all([Scripted::Later(status, 0)]);
        let sent = client.emit("e", ()).await;
        assert_eq!(sent.is_ok(), of_sending == 2, "{status}: {sent:?}");
        calls += of_sending;
        assert_eq!(service.calls().len(), calls, "sending, {status}");

        service.script_all([Scripted::Later(status, 0)]);
        let joined = client.socket("s1").join("room").await;
        let passing = status != 400 && status != 404;
        assert_eq!(joined.is_ok(), passing, "{status}: {joined:?}");
        calls += if passing { 2 } else { 1 };
        assert_eq!(service.calls().len(), calls, "joining, {status}");
    }
}

#[tokio::test]
async fn a_call_that_breaks_off_may_have_been_taken() {
    let (service, client) = client().await;
    service.script_all([Scripted::Break]);
    let sent = client.emit("e", ()).await;
    let unknown = matches!(
        sent,
        Err(SendError::Network {
            untouched: false,
            ..
        })
    );
    assert!(unknown, "{sent:?}");
    assert_eq!(service.calls().len(), 1);
    service.script_all([Scripted::Break]);
    client.socket("s1").join("room").await.unwrap();
    assert_eq!(service.calls().len(), 3);
}

#[tokio::test]
async fn the_pause_is_the_one_that_the_service_asks_for() {
    let (service, client) = client().await;
    // Longer than the first pause would be otherwise.
    service.script_all([Scripted::Later(429, 700)]);
    client.emit("e", ()).await.unwrap();
    let calls = service.calls();
    let pause = calls[1].at - calls[0].at;
    assert!(pause.as_millis() >= 700, "{pause:?}");
}

#[tokio::test]
async fn a_refused_connection_is_tried_again() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let connection = format!("Endpoint=http://{address};AccessKey={KEY};");
    let settings = settings::Settings::new().with(settings::Settings::CONNECTION, connection);
    let client = Client::new(&settings, "hub").unwrap();
    let began = std::time::Instant::now();
    let sent = client.emit("e", ()).await;
    let untouched = matches!(
        sent,
        Err(SendError::Network {
            untouched: true,
            ..
        })
    );
    assert!(untouched, "{sent:?}");
    // Half of each of the three pauses, at the least.
    assert!(began.elapsed().as_millis() >= 2150, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_user_named_like_a_folder_is_still_that_user_alone() {
    let app = App::new().hub(Hub::new("hub").on(
        "tell",
        |Data(user): Data<String>, io: Io| async move {
            io.user(user).emit("secret", ());
        },
    ));
    let app = Running::start(app).await;
    for user in [".", "..", "a/../b", "..%2f"] {
        let packet = format!(r#"42["tell","{user}"]"#);
        assert_eq!(app.event(&Event::user("tell", &packet)).await.status, 200);
        let call = app.service.calls().pop().unwrap();
        let by_path =
            call.path.starts_with("/api/hubs/hub/users/") && call.path.ends_with("/:send");
        let by_filter = call.filter.unwrap_or_default();
        let by_filter = by_filter.starts_with(&format!("userId eq '{user}' and"));
        assert!(by_path || by_filter, "{user}: {}", call.path);
    }
}
