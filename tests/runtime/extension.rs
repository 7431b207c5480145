//! Extension mode: invocations of Microsoft's trigger, as the host writes them.

use serde_json::{Value, json};
use socketio_functions::extract::Variadic;
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

use crate::support::{Answer, Running};

fn app() -> App {
    App::new().hub(
        Hub::new("hub")
            .on_connect(|claims: Claims, user: Option<UserId>| async move {
                match user {
                    None => Err(Refusal::new("who are you").status(401)),
                    Some(_) if claims.has("role", "banned") => Err(Refusal::new("banned")),
                    Some(user) if user.as_str() == "broken" => panic!("on purpose"),
                    Some(_) => Ok(()),
                }
            })
            .on_connected(|| async { Err::<(), _>(std::io::Error::other("on purpose")) })
            .on_disconnected(|Reason(why): Reason, io: Io| async move { io.emit("left", why) })
            .on(
                "new message",
                |socket: Socket,
                 user: UserId,
                 Data(Variadic(all)): Data<Variadic<Value>>
                 | async move {
                    socket.to("lobby").emit("message", (user, &all));
                    socket.join("lobby");
                    Ack((all.len(), "ok"))
                },
            )
            .on("quiet", |io: Io| async move { io.emit("heard", ()) })
            .on("none", || async { Ack(()) })
            .on("bytes", || async {
                #[derive(serde::Serialize)]
                struct Hidden(Bytes);
                Ack(Hidden(Bytes::from_static(b"x")))
            })
            .on("fail", |io: Io| async move {
                io.emit("never", ());
                Err::<(), _>(std::io::Error::other("on purpose"))
            })
            .on("refuse", |socket: Socket| async move {
                socket.join("never");
                Err::<(), _>(Refusal::new("full"))
            })
            .on("mixed", |io: Io| async move {
                io.emit("first", ());
                io.user("ada").emit("second", ());
                io.emit("third", "2024-01-01T00:00:00.000Z");
                Ack(1)
            })
            .namespace("/Ns", |scope| {
                scope.on(
                    "add",
                    |Data((a, b)): Data<(i64, i64)>| async move { Ack(a + b) },
                )
            }),
    )
}

/// An event as the extension describes it.
fn event(name: &str, namespace: &str, payload: &str, parameters: &Value) -> Value {
    json!({
        "payload": payload, "eventName": name, "parameters": parameters,
        "namespace": namespace, "socketId": "s1",
    })
}

fn context(user: &str) -> Value {
    json!({
        "eventType": 1, "eventName": "x", "hub": "hub", "connectionId": "c1", "userId": user,
        "signature": "sha256=00", "origin": "abc", "states": {}, "headers": { "ce-id": ["7"] },
    })
}

/// The value of a trigger as the host writes it: indented, and a string twice over.
fn wrapped(document: &Value) -> Value {
    let indented = format!("{document:#}");
    Value::String(Value::String(indented).to_string())
}

async fn post(app: &Running, function: &str, envelope: &Value) -> Answer {
    let sent = app
        .http
        .post(format!("{}/{function}", app.base))
        .header("X-Azure-Functions-InvocationId", "id-1")
        .json(envelope);
    Answer::of(sent.send().await.unwrap()).await
}

async fn invoke(app: &Running, function: &str, document: &Value) -> Answer {
    let envelope = json!({
        "Data": { "socketEvent": wrapped(document) },
        "Metadata": { "ConnectionContext": context("ada"), "SocketId": "\"s1\"" },
    });
    post(app, function, &envelope).await
}

fn parsed(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    let media_type = answer.headers["content-type"].to_str().unwrap();
    assert!(media_type.starts_with("application/json"));
    let parsed: Value = serde_json::from_str(&answer.body).unwrap();
    assert!(parsed["Outputs"]["actions"].is_array() && parsed["Logs"].is_array());
    parsed
}

#[tokio::test]
async fn an_event_answers_with_its_actions_in_order_and_its_ack() {
    let app = Running::start(app()).await;
    let document = event(
        "new message",
        "/",
        r#"4213["new message","2024-01-01T00:00:00.000Z",{"a":1}]"#,
        &json!(["2024-01-01T00:00:00Z", { "a": 1 }]),
    );
    let mut plain = document.clone();
    plain["payload"] = r#"4213["new message","hi"]"#.into();
    let answer = parsed(&invoke(&app, "new-message", &plain).await);
    assert_eq!(
        answer["Outputs"]["actions"],
        json!([
            { "actionName": "sendToRooms", "namespace": "/", "rooms": ["lobby"], "eventName": "message",
              "parameters": ["ada", ["hi"]], "exceptRooms": ["s1"] },
            { "actionName": "addSocketToRoom", "namespace": "/", "socketId": "s1", "room": "lobby" },
        ])
    );
    assert_eq!(
        answer["ReturnValue"],
        json!({ "statusCode": 200, "ack": [1, "ok"] })
    );
    assert!(app.service.calls().is_empty(), "the extension sends");

    // The argument is the client's own text, not what the extension made of it; and it goes on unchanged through REST.
    let answer = parsed(&invoke(&app, "new-message", &document).await);
    assert_eq!(answer["Outputs"]["actions"], json!([]));
    let calls = app.service.calls();
    assert!(calls[0].body.contains("00:00:00.000Z"), "{calls:?}");
    assert!(calls[1].path.ends_with(":addToGroups"), "{calls:?}");
}

#[tokio::test]
async fn the_value_is_read_however_it_is_wrapped() {
    let app = Running::start(app()).await;
    let document = event("add", "/Ns", r#"42/Ns,5["add",2,3]"#, &json!([2, 3]));
    let text = Value::String(document.to_string());
    let base64 = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        document.to_string(),
    );
    let lenient = event("add", "/Ns", "X2/Ns,5['add',2,3]", &json!([2, 3]));
    let values = [
        wrapped(&document),
        text,
        document,
        base64.into(),
        wrapped(&lenient),
    ];
    for value in values {
        for metadata in [
            json!({ "ConnectionContext": { "ConnectionId": "c1", "UserId": "ada" } }),
            json!({ "connectionContext": { "connectionId": "c1" }, "sys": {} }),
            json!({ "ConnectionContext": { "headers": { "CE-ConnectionId": ["c1"] } } }),
        ] {
            let envelope =
                json!({ "Data": { "socketEvent": value, "other": 1 }, "Metadata": metadata });
            let answer = parsed(&post(&app, "Ns-add", &envelope).await);
            assert_eq!(answer["ReturnValue"]["ack"], json!([5]), "{envelope}");
        }
    }
}

#[tokio::test]
async fn the_document_is_read_where_the_host_adds_it_as_an_object() {
    let app = Running::start(app()).await;
    let document = event("add", "/Ns", r#"42/Ns,5["add",2,3]"#, &json!([2, 3]));
    let unread = json!("not a document");
    let value = wrapped(&document);
    for (value, request) in [
        (&unread, document.clone()),
        (&value, document.clone()),
        (&value, wrapped(&document)),
        (&value, json!({ "namespace": "/Ns", "socketId": "s1" })),
        (&value, json!([document.clone(), 1.5, -1])),
        (&value, json!(7)),
        (&value, json!(-7)),
        (&value, json!(1.5)),
        (&value, json!(true)),
        (&value, Value::Null),
    ] {
        let metadata = json!({ "ConnectionContext": context("ada"), "Request": request });
        let envelope = json!({ "Data": { "socketEvent": value }, "Metadata": metadata });
        let answer = parsed(&post(&app, "Ns-add", &envelope).await);
        assert_eq!(answer["ReturnValue"]["ack"], json!([5]), "{envelope}");
    }
}

#[tokio::test]
async fn the_user_is_found_wherever_the_version_puts_it() {
    let app = Running::start(app()).await;
    let document = event("new message", "/", r#"421["new message"]"#, &Value::Null);
    let with = |metadata: Value| json!({ "Data": { "socketEvent": wrapped(&document) }, "Metadata": metadata });
    for metadata in [
        json!({ "ConnectionContext": { "connectionId": "c1", "userId": "ada" } }),
        json!({ "ConnectionContext": { "connectionId": "c1" }, "UserId": "\"ada\"" }),
        json!({ "ConnectionContext": { "connectionId": "c1", "userId": null, "headers": { "ce-userId": ["ada"] } } }),
        json!({ "ConnectionContext": json!({ "ConnectionId": "c1", "UserId": "ada" }).to_string() }),
        json!({ "ConnectionContext": json!({ "headers": { "ce-userId": ["ada"], "ce-connectionId": "c1" } }).to_string() }),
    ] {
        let answer = parsed(&post(&app, "new-message", &with(metadata)).await);
        assert_eq!(
            answer["Outputs"]["actions"][0]["parameters"],
            json!(["ada", []])
        );
    }
    let anonymous = with(json!({ "ConnectionContext": { "connectionId": "c1", "userId": "" } }));
    let answer = parsed(&post(&app, "new-message", &anonymous).await);
    assert_eq!(
        answer["ReturnValue"],
        json!({ "statusCode": 200 }),
        "a rejection, and no ack"
    );
}

#[tokio::test]
async fn connect_is_decided_by_the_status() {
    let app = Running::start(app()).await;
    let connect = |claims: Value| {
        json!({ "claims": claims, "query": {}, "headers": null, "clientCertificates": [],
                "namespace": "/", "socketId": "s1" })
    };
    let decide = async |claims: Value, user: &str| {
        let envelope = json!({
            "Data": { "socketEvent": wrapped(&connect(claims)) },
            "Metadata": { "ConnectionContext": context(user) },
        });
        parsed(&post(&app, "connect", &envelope).await)["ReturnValue"].clone()
    };
    assert_eq!(decide(json!({}), "ada").await, json!({ "statusCode": 200 }));
    assert_eq!(
        decide(json!({ "sub": ["ada"] }), "").await,
        json!({ "statusCode": 200 })
    );
    assert_eq!(
        decide(json!({ "role": ["banned"] }), "ada").await,
        json!({ "statusCode": 403 })
    );
    assert_eq!(decide(Value::Null, "").await, json!({ "statusCode": 401 }));
    assert_eq!(
        decide(json!({}), "broken").await,
        json!({ "statusCode": 422 })
    );
}

#[tokio::test]
async fn a_failure_is_told_to_whoever_does_not_leave_somebody_waiting() {
    let app = Running::start(app()).await;
    let acked = event("fail", "/", r#"427["fail"]"#, &Value::Null);
    let answer = parsed(&invoke(&app, "fail", &acked).await);
    assert_eq!(answer["ReturnValue"], json!({ "statusCode": 200 }));
    assert_eq!(answer["Outputs"]["actions"], json!([]));
    let unacked = event("fail", "/", r#"42["fail"]"#, &Value::Null);
    assert_eq!(invoke(&app, "fail", &unacked).await.status, 500);
    let socket = json!({ "namespace": "/", "socketId": "s1" });
    assert_eq!(invoke(&app, "connected", &socket).await.status, 500);
    let mut lost = socket;
    lost["reason"] = Value::Null;
    let answer = parsed(&invoke(&app, "disconnected", &lost).await);
    assert_eq!(answer["Outputs"]["actions"][0]["parameters"], json!([""]));
    assert_eq!(answer["ReturnValue"], Value::Null);
    // What cannot be read is told in the same way.
    for (name, status) in [
        ("connected", 500),
        ("disconnected", 500),
        ("connect", 200),
        ("fail", 200),
    ] {
        assert_eq!(
            invoke(&app, name, &json!([])).await.status,
            status,
            "{name}"
        );
    }
}

#[tokio::test]
async fn whoever_waits_gets_an_object_even_without_an_ack() {
    let app = Running::start(app()).await;
    let quiet = event("quiet", "/", r#"427["quiet"]"#, &Value::Null);
    let answer = parsed(&invoke(&app, "quiet", &quiet).await);
    assert_eq!(answer["ReturnValue"], json!({ "statusCode": 200 }));
    let quiet = event("quiet", "/", r#"42["quiet"]"#, &Value::Null);
    assert_eq!(
        parsed(&invoke(&app, "quiet", &quiet).await)["ReturnValue"],
        Value::Null
    );
    // Bytes that no signature shows cannot be passed, and nothing is made up in their place.
    let bytes = event("bytes", "/", r#"427["bytes"]"#, &Value::Null);
    let answer = parsed(&invoke(&app, "bytes", &bytes).await);
    assert_eq!(answer["ReturnValue"], json!({ "statusCode": 200 }));
    let none = event("none", "/", r#"427["none"]"#, &Value::Null);
    let answer = parsed(&invoke(&app, "none", &none).await);
    assert_eq!(
        answer["ReturnValue"],
        json!({ "statusCode": 200, "ack": [] })
    );
}

#[tokio::test]
async fn a_refusal_is_the_ack_and_nothing_is_sent() {
    let app = Running::start(app()).await;
    let refused = event("refuse", "/", r#"427["refuse"]"#, &Value::Null);
    let answer = parsed(&invoke(&app, "refuse", &refused).await);
    let expected = json!({ "statusCode": 200, "ack": ["full"] });
    assert_eq!(answer["ReturnValue"], expected);
    assert_eq!(answer["Outputs"]["actions"], json!([]));
}

#[tokio::test]
async fn what_the_extension_cannot_send_takes_everything_along() {
    let app = Running::start(app()).await;
    let mixed = event("mixed", "/", r#"427["mixed"]"#, &Value::Null);
    let answer = parsed(&invoke(&app, "mixed", &mixed).await);
    assert_eq!(answer["Outputs"]["actions"], json!([]));
    assert_eq!(answer["ReturnValue"]["ack"], json!([1]));
    let bodies: Vec<_> = app
        .service
        .calls()
        .into_iter()
        .map(|call| call.body)
        .collect();
    let expected = [
        r#"42["first"]"#,
        r#"42["second"]"#,
        r#"42["third","2024-01-01T00:00:00.000Z"]"#,
    ];
    assert_eq!(bodies, expected);

    app.service.script(&[500]);
    let answer = parsed(&invoke(&app, "mixed", &mixed).await);
    assert_eq!(answer["ReturnValue"], json!({ "statusCode": 200 }));
}

#[tokio::test]
async fn a_broken_invocation_is_a_failure_that_nobody_waits_for_in_vain() {
    let app = Running::start(app()).await;
    for value in [json!("x"), json!(1), json!("[1]"), json!({}), json!("\"\"")] {
        let envelope = json!({ "Data": { "socketEvent": value }, "Metadata": {} });
        let answer = parsed(&post(&app, "none", &envelope).await);
        assert_eq!(
            answer["ReturnValue"],
            json!({ "statusCode": 200 }),
            "{value}"
        );
        let answer = parsed(&post(&app, "connect", &envelope).await);
        assert_eq!(
            answer["ReturnValue"],
            json!({ "statusCode": 422 }),
            "{value}"
        );
    }
    // A function without our trigger, and a trigger without its value, are not invocations of ours.
    let envelope = json!({ "Data": { "socketEvent": "{}" }, "Metadata": {} });
    assert!((400..500).contains(&post(&app, "unknown", &envelope).await.status));
    assert!((400..500).contains(&post(&app, "none", &json!({ "Data": {} })).await.status));
}

#[tokio::test]
async fn a_public_request_is_never_an_invocation() {
    let app = Running::start(app()).await;
    let document = event("none", "/", r#"427["none"]"#, &Value::Null);
    let envelope = json!({
        "Data": { "socketEvent": wrapped(&document) },
        "Metadata": { "ConnectionContext": context("admin") },
    });
    assert_eq!(post(&app, "api/none", &envelope).await.status, 404);
    assert_eq!(post(&app, "api/socketio", &envelope).await.status, 401);
}

#[tokio::test]
async fn the_policy_of_the_hub_says_what_a_failure_is() {
    for (policy, connect, event) in [
        (OnError::Log, 422, 200),
        (OnError::Status(400), 422, 400),
        (OnError::Retry, 500, 500),
    ] {
        let fail = || async { Err::<(), _>(std::io::Error::other("on purpose")) };
        let hub = Hub::new("hub").on_error(policy).on_connect(fail);
        let app = Running::start(App::new().hub(hub.on("fail", fail))).await;
        let joining = json!({ "claims": {}, "query": {}, "headers": {}, "clientCertificates": [],
                              "namespace": "/", "socketId": "s1" });
        let answer = parsed(&invoke(&app, "connect", &joining).await);
        assert_eq!(answer["ReturnValue"], json!({ "statusCode": connect }));
        let acked = self::event("fail", "/", r#"427["fail"]"#, &Value::Null);
        let answer = parsed(&invoke(&app, "fail", &acked).await);
        assert_eq!(answer["ReturnValue"], json!({ "statusCode": event }));
    }
}

/// An app whose every handler fails, each in its own way.
fn failing(policy: OnError) -> App {
    let hub = Hub::new("hub")
        .on_error(policy)
        .on_connect(|| async { std::future::pending::<()>().await })
        .on_disconnected(|| async { Err::<(), _>(std::io::Error::other("on purpose")) })
        .on("panic", |Data(yes): Data<bool>| async move {
            assert!(!yes, "on purpose");
        })
        .on("hang", || async { std::future::pending::<()>().await })
        .on("number", |Data(_): Data<u32>| async move {})
        .on("refused", |io: Io| async move { io.emit("connect", ()) })
        // Users are beyond the extension, so this goes through REST.
        .on("send", |io: Io| async move { io.user("ada").emit("x", ()) });
    App::new().hub(hub)
}

#[tokio::test]
async fn every_sort_of_failure_is_told_as_the_policy_says() {
    for (policy, connect, event) in [
        (OnError::Log, 422, 200),
        (OnError::Status(410), 422, 410),
        (OnError::Retry, 500, 500),
    ] {
        let settings = |settings: Settings| settings.with(Settings::EVENT_DEADLINE, "0.2");
        let app = Running::with(failing(policy), settings).await;
        for (name, arguments) in [
            ("panic", ",true"),
            ("hang", ""),
            ("number", ",\"x\""),
            ("number", ""),
            ("refused", ""),
            ("send", ""),
        ] {
            app.service.script(&[400]);
            let packet = |ack: &str| format!("42{ack}[\"{name}\"{arguments}]");
            let acked = self::event(name, "/", &packet("7"), &Value::Null);
            let answer = parsed(&invoke(&app, name, &acked).await);
            let expected = json!({ "statusCode": event });
            assert_eq!(answer["ReturnValue"], expected, "{name}{arguments}");
            assert_eq!(answer["Outputs"]["actions"], json!([]));
            // No client waits: the invocation fails.
            app.service.script(&[400]);
            let unacked = self::event(name, "/", &packet(""), &Value::Null);
            let answer = invoke(&app, name, &unacked).await;
            assert_eq!(answer.status, 500, "{name}{arguments}");
        }
        let socket = json!({ "claims": {}, "query": {}, "headers": {}, "clientCertificates": [],
                             "namespace": "/", "socketId": "s1" });
        let answer = parsed(&invoke(&app, "connect", &socket).await);
        assert_eq!(answer["ReturnValue"], json!({ "statusCode": connect }));
        assert_eq!(invoke(&app, "disconnected", &socket).await.status, 500);
    }
}
