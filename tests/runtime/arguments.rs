//! What handlers of each kind can take, from the wire to the argument.

use socketio_functions::extract::{
    ClientCertificates, Deadline, EventId, EventName, Headers, InvocationId, Namespace, Query,
    RawArgs,
};
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::support::{Answer, Event, Running};

#[derive(serde::Deserialize)]
struct Handshake {
    room: String,
    number: Option<u32>,
}

#[derive(serde::Deserialize)]
struct Picture {
    name: String,
    data: Bytes,
}

fn app() -> App {
    App::new()
        .state(7_u64)
        .hub(
            Hub::new("hub")
                .on_connect(
                    |Query(query): Query<Handshake>,
                     headers: Headers,
                     ClientCertificates(certificates): ClientCertificates,
                     claims: Claims| async move {
                        Err::<(), _>(
                            Refusal::new(format!(
                                "{} {:?} {:?} {} {}",
                                query.room,
                                query.number,
                                headers.get("User-Agent"),
                                certificates.len(),
                                claims.has("role", "writer"),
                            ))
                            .status(400),
                        )
                    },
                )
                .on(
                    "all",
                    |connection: ConnectionId,
                     namespace: Namespace,
                     event: EventId,
                     name: EventName,
                     raw: RawArgs,
                     State(number): State<u64>,
                     id: InvocationId,
                     deadline: Deadline| async move {
                        let raw: Vec<String> = raw.iter().map(str::to_owned).collect();
                        let seconds = deadline.remaining().as_secs();
                        Ack((
                            connection.to_string(),
                            namespace,
                            event.to_string(),
                            name,
                            raw,
                            number,
                            id.to_string(),
                            seconds >= 20,
                        ))
                    },
                )
                .on(
                    "picture",
                    |Data((picture, more)): Data<(Picture, Option<Bytes>)>, io: Io| async move {
                        io.emit("picture", (&picture.name, &picture.data));
                        Ack((picture.data.len(), more))
                    },
                )
                .on("new message", || async { Ack("blank") })
                .on("消息 ü", || async { Ack("wide") })
                .namespace("/über uns", |scope| {
                    scope.on_any(|name: EventName, namespace: Namespace| async move {
                        Ack((name, namespace))
                    })
                }),
        )
        .get(
            "query",
            |Query(query): Query<Handshake>, headers: Headers| async move {
                format!("{} {}", query.room, headers.get("x-test").is_some())
            },
        )
        .get("me", |user: Principal| async move { user.id })
        .get(
            "maybe",
            |user: Option<Principal>, request: Request| async move {
                format!("{} {}", user.is_some(), request.path)
            },
        )
}

async fn ack(app: &Running, event: &Event) -> serde_json::Value {
    let answer = app.event(event).await;
    let (_, list) = answer.body.split_once('[').unwrap();
    serde_json::from_str(&format!("[{list}")).unwrap()
}

#[tokio::test]
async fn a_connect_shows_what_the_client_showed() {
    let app = Running::start(app()).await;
    let mut event = Event::connect();
    event.body = serde_json::json!({
        "claims": { "role": ["writer"] },
        "query": { "EIO": ["4"], "room": ["a b"], "number": ["7"] },
        "headers": { "User-Agent": ["Zoë"], "bad name": ["x"] },
        "clientCertificates": [{ "thumbprint": "ab" }],
        "subprotocols": [],
    })
    .to_string();
    let answer = app.event(&event).await;
    assert_eq!(
        answer.parts(),
        (400, r#"{"message":"a b Some(7) None 1 true"}"#)
    );
    // A handshake that does not fit decides nothing; the client is kept out.
    let answer = app.event(&Event::connect()).await;
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn an_event_shows_where_it_comes_from() {
    let app = Running::start(app()).await;
    let event = Event::user("All", r#"427["All", 1 ,{"a":[]}]"#)
        .with("ce-id", "41")
        .with("x-azure-functions-invocationid", "id-1");
    assert_eq!(
        ack(&app, &event).await,
        serde_json::json!([
            "conn1",
            "/",
            "conn1/41",
            "All",
            ["1", "{\"a\":[]}"],
            7,
            "id-1",
            true
        ])
    );
}

#[tokio::test]
async fn bytes_travel_both_ways() {
    let app = Running::start(app()).await;
    let body = concat!(
        r#"452-7["picture",{"name":"a","data":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]"#,
        "\u{1e}bAQID\u{1e}b/w=="
    );
    let answer = app.event(&Event::user("picture", body)).await;
    assert_eq!(
        answer.parts(),
        (200, "461-7[3,{\"_placeholder\":true,\"num\":0}]\u{1e}b/w==")
    );
    assert_eq!(
        app.service.calls()[0].body,
        "451-[\"picture\",\"a\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQID"
    );
    let reused = r#"451-7["picture",{"name":"a","data":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":0}]"#;
    let answer = app
        .event(&Event::user("picture", &format!("{reused}\u{1e}bAQID")))
        .await;
    assert_eq!(answer.parts(), (200, ""));
}

#[tokio::test]
async fn names_may_have_blanks_and_letters_of_any_script() {
    let app = Running::start(app()).await;
    let event = Event::user("New Message", r#"421["New Message"]"#);
    assert_eq!(ack(&app, &event).await, serde_json::json!(["blank"]));
    let event = Event::user("消息 Ü", r#"421["消息 Ü"]"#);
    assert_eq!(ack(&app, &event).await, serde_json::json!(["wide"]));
    let event = Event::user("x y", r#"42/ÜBER UNS,1["x y"]"#).with("ce-namespace", "/ÜBER UNS");
    assert_eq!(
        ack(&app, &event).await,
        serde_json::json!(["x y", "/ÜBER UNS"])
    );
}

#[tokio::test]
async fn a_request_is_read_by_type() {
    let app = Running::start(app()).await;
    let get = async |path: &str| {
        let sent = app.http.get(format!("{}{path}", app.base));
        Answer::of(sent.header("X-Test", "1").send().await.unwrap()).await
    };
    assert_eq!(
        get("/api/query?room=a%20b").await.parts(),
        (200, "a b true")
    );
    let answer = get("/api/query?number=7").await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("room"), "{answer:?}");
}

#[tokio::test]
async fn a_principal_is_believed_only_where_the_platform_signs_users_in() {
    let forged = async |app: &Running, path: &str| {
        let sent = app.http.get(format!("{}{path}", app.base));
        let sent = sent.header("X-MS-CLIENT-PRINCIPAL-ID", "ada");
        Answer::of(sent.send().await.unwrap()).await
    };
    let off = Running::start(app()).await;
    assert_eq!(forged(&off, "/api/me").await.status, 401);
    assert_eq!(
        forged(&off, "/api/maybe").await.parts(),
        (200, "false /api/maybe")
    );
    let on = Running::with(app(), |settings| {
        settings.with(Settings::AUTH_ENABLED, "true")
    })
    .await;
    assert_eq!(forged(&on, "/api/me").await.parts(), (200, "ada"));
}
