//! The three ways in which the host hands a request over, and validation.

use socketio_functions::prelude::*;

use crate::support::{Answer, Event, Running};

fn app() -> App {
    App::new()
        .hub(
            Hub::new("hub")
                .negotiate("negotiate", |request: Request| async move {
                    match request.query("name") {
                        Some(name) if name == "nobody" => Identity::refuse(403, "not you"),
                        name => Identity::user(name.unwrap_or_default()),
                    }
                })
                .on("chat", |Data(text): Data<String>| async move { Ack(text) }),
        )
        .get("hello", |request: Request| async move {
            format!("hello {}", request.query("name").unwrap_or_default())
        })
        .http(
            Route::get("room").path("rooms/{room}/{*rest}"),
            |request: Request| async move {
                let param = |name| request.param(name).unwrap_or_default().to_owned();
                format!("{}|{}", param("room"), param("rest"))
            },
        )
        .get("broken", || async {
            Err::<&'static str, _>(std::io::Error::other("secret"))
        })
}

async fn get(app: &Running, path: &str) -> Answer {
    Answer::of(
        app.http
            .get(format!("{}{path}", app.base))
            .send()
            .await
            .unwrap(),
    )
    .await
}

/// An invocation in the host's envelope; returns the `res` output.
async fn wrapped(app: &Running, function: &str, request: serde_json::Value) -> serde_json::Value {
    let envelope = serde_json::json!({ "Data": { "req": request }, "Metadata": {} });
    let sent = app
        .http
        .post(format!("{}/{function}", app.base))
        .json(&envelope);
    let answer = Answer::of(sent.send().await.unwrap()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/json");
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    answer["Outputs"]["res"].clone()
}

#[tokio::test]
async fn the_probe_is_answered_at_once() {
    let app = Running::start(app()).await;
    assert_eq!(get(&app, "/").await.status, 200);
    let head = app.http.head(&app.base).send().await.unwrap();
    assert_eq!(head.status(), 200);
}

#[tokio::test]
async fn a_proxied_request_is_routed_by_its_path() {
    let app = Running::start(app()).await;
    assert_eq!(
        get(&app, "/api/hello?name=Zo%C3%AB").await.parts(),
        (200, "hello Zoë")
    );
    assert_eq!(
        get(&app, "/API/Rooms/a%20b/x/y").await.parts(),
        (200, "a b|x/y")
    );
    assert_eq!(get(&app, "/api/none").await.status, 404);
    assert_eq!(get(&app, "/hello").await.status, 404);
    let posted = app
        .http
        .post(format!("{}/api/hello", app.base))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 404);
}

#[tokio::test]
async fn a_wrapped_request_is_routed_by_its_function() {
    let app = Running::start(app()).await;
    let res = wrapped(
        &app,
        "room",
        serde_json::json!({
            "Url": "http://localhost:7071/api/rooms/a%20b/x/y", "Method": "GET",
            "Headers": {}, "Params": { "room": "a b", "rest": "x/y" },
        }),
    )
    .await;
    assert_eq!(res["statusCode"], "200");
    assert_eq!(res["body"], "a b|x/y");
}

#[tokio::test]
async fn the_webhook_works_wrapped_as_it_does_proxied() {
    let app = Running::start(app()).await;
    let event = Event::user("chat", r#"4213["chat","hi"]"#);
    assert_eq!(app.event(&event).await.parts(), (200, r#"4313["hi"]"#));
    let request = |headers| {
        serde_json::json!({
            "Url": "http://localhost:7071/api/socketio", "Method": "POST",
            "Headers": headers, "Params": {}, "Body": event.body,
        })
    };
    let res = wrapped(&app, "socketio", request(event.wrapped_headers())).await;
    assert_eq!(res["body"], r#"4313["hi"]"#);
    let stranger = event.clone().without("ce-signature");
    let res = wrapped(&app, "socketio", request(stranger.wrapped_headers())).await;
    assert_eq!(res["statusCode"], "401");
}

#[tokio::test]
async fn an_envelope_for_an_unknown_function_or_without_a_request_is_an_error() {
    let app = Running::start(app()).await;
    for (function, body) in [
        (
            "none",
            r#"{"Data":{"req":{"Url":"http://a/","Method":"GET"}}}"#,
        ),
        ("hello", "{}"),
        ("hello", "x"),
    ] {
        let sent = app.http.post(format!("{}/{function}", app.base)).body(body);
        let status = sent.send().await.unwrap().status();
        assert!(status.is_client_error(), "{function} {body}: {status}");
    }
}

#[tokio::test]
async fn a_body_that_the_host_lost_fails_the_event() {
    let app = Running::start(app()).await;
    let event = Event::user("chat", "").with("transfer-encoding", "chunked");
    let request = serde_json::json!({
        "Url": "http://localhost:7071/api/socketio", "Method": "POST",
        "Headers": event.wrapped_headers(), "Params": {},
    });
    let res = wrapped(&app, "socketio", request).await;
    assert_eq!(
        (&res["statusCode"], &res["body"]),
        (&"200".into(), &"".into())
    );
}

#[tokio::test]
async fn a_chunked_body_that_arrives_is_read() {
    let app = Running::start(app()).await;
    let event = Event::user("chat", r#"4213["chat","hi"]"#);
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>(event.body.clone())]);
    let sent = app
        .http
        .post(format!("{}/api/socketio/", app.base))
        .headers(event.headers())
        .body(reqwest::Body::wrap_stream(chunks));
    let answer = Answer::of(sent.send().await.unwrap()).await;
    assert_eq!(answer.parts(), (200, r#"4313["hi"]"#));
}

#[tokio::test]
async fn validation_needs_no_credential_but_a_known_origin() {
    let app = Running::start(app()).await;
    for method in [reqwest::Method::OPTIONS, reqwest::Method::GET] {
        for (origin, status, allowed) in [
            (Some("127.0.0.1"), 200, Some("127.0.0.1")),
            (Some("evil.example, 127.0.0.1"), 200, Some("127.0.0.1")),
            (Some("evil.example"), 400, None),
            (None, 200, Some("*")),
        ] {
            let mut sent = app
                .http
                .request(method.clone(), format!("{}/api/socketio", app.base));
            if let Some(origin) = origin {
                sent = sent.header("WebHook-Request-Origin", origin);
            }
            let answer = Answer::of(sent.send().await.unwrap()).await;
            let found = answer.headers.get("webhook-allowed-origin");
            assert_eq!(answer.status, status, "{method} {origin:?}");
            assert_eq!(found.map(|value| value.to_str().unwrap()), allowed);
        }
    }
}

#[tokio::test]
async fn negotiation_gives_a_token_for_the_user_that_the_rule_names() {
    let app = Running::start(app()).await;
    let answer = get(&app, "/api/negotiate?name=ada").await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["endpoint"], app.service.endpoint);
    assert_eq!(body["path"], "/clients/socketio/hubs/hub");
    let payload = body["token"].as_str().unwrap().split('.').nth(1).unwrap();
    let payload =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload);
    let claims: serde_json::Value = serde_json::from_slice(&payload.unwrap()).unwrap();
    assert_eq!(claims["sub"], "ada");
    assert_eq!(
        get(&app, "/api/negotiate?name=nobody").await.parts(),
        (403, "not you")
    );
}

#[tokio::test]
async fn a_function_that_fails_keeps_its_reason_to_itself() {
    let app = Running::start(app()).await;
    let sent = app
        .http
        .get(format!("{}/api/broken", app.base))
        .header("X-Azure-Functions-InvocationId", "id-1");
    let answer = Answer::of(sent.send().await.unwrap()).await;
    assert_eq!(answer.status, 500);
    assert!(
        answer.body.contains("id-1") && !answer.body.contains("secret"),
        "{answer:?}"
    );
}
