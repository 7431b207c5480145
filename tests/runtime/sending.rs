//! `Client`: what it sends leaves at once, and says what became of it.

use std::sync::{Arc, Mutex};

use socketio_functions::prelude::*;
use socketio_functions::{SendError, settings};

use crate::service::Service;
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
                        let sent = client
                            .to(["a", "b"])
                            .except(&socket)
                            .emit("news", (1,))
                            .await;
                        outcomes.lock().unwrap().push(sent);
                        let joined = client.join(&socket, ["x", "y"]).await;
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
    let settings = settings::Settings::new().with(settings::CONNECTION, connection);
    let client = Client::new(&settings, "hub").unwrap();
    let unsent = client.emit("never", ());
    drop(unsent);
    client.user("ada").emit("hello", ("you",)).await.unwrap();
    client.namespace("/ns").disconnect("s1").await.unwrap();
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
}
