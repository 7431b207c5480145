//! The Socket.IO extension, with a handler in Node: what the service gets for an event, and what goes to the service.

mod identity;
mod service;

use serde_json::{Value, json};
use sio_emulator::{Emulator, EventHandler};
use sio_protocol::signature::Signer;

use crate::kit::{App, Running};

const KEY: &str = "7aab239577fd4f24bc919802fb629f5f";
const ID: &str = "0f9c97a2f0bf4706afe87a14e0797b11";
const SETTING: &str = "WebPubSubForSocketIOConnectionString";

fn trigger(event: &str) -> Value {
    json!({"type": "socketiotrigger", "direction": "in", "name": "event", "hub": "hub", "eventName": event})
}

fn actions() -> Value {
    json!({"type": "socketio", "direction": "out", "name": "actions", "hub": "hub"})
}

/// Every function of the fixture.
fn app() -> App {
    let mut named = trigger("named");
    named["parameterNames"] = json!(["text", "extra"]);
    App::handled(
        "node",
        "socketio.mjs",
        json!({}),
        json!({"extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle.Preview", "version": "[4.*, 5.0.0)"}}),
    )
    .function("connect", json!([trigger("connect")]))
    .function("connected", json!([trigger("connected"), actions()]))
    .function("named", json!([named]))
    .function("scripted", json!([trigger("Scripted"), actions()]))
    .function(
        "negotiate",
        json!([
            {"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous"},
            {"type": "http", "direction": "out", "name": "res"},
            {"type": "socketionegotiation", "direction": "in", "name": "negotiation", "hub": "%HUB%", "userId": "{query.userId}"}
        ]),
    )
}

async fn start(service: &str) -> (App, Running) {
    let setting = format!("Endpoint={service};AccessKey={KEY};Version=1.0;");
    let app = app();
    let started =
        app.start_with(|builder| builder.variable(SETTING, setting).variable("HUB", "hub"));
    let running = started.await.unwrap();
    (app, running)
}

/// A service that must not be called.
async fn alone() -> (App, Running) {
    start("http://localhost:1").await
}

/// An event as the service posts it; changes are `name: value` headers that replace those there are, or with an empty
/// value remove them.
fn event(
    running: &Running,
    kind: &str,
    name: &str,
    changes: &[(&str, &str)],
) -> reqwest::RequestBuilder {
    let signature = Signer::new(KEY).sign(ID);
    let kind = format!("azure.webpubsub.{kind}");
    let mut headers = vec![
        ("ce-hub", "hub"),
        ("ce-type", &kind),
        ("ce-eventname", name),
        ("ce-connectionid", ID),
        ("ce-signature", &signature),
        ("ce-namespace", "/"),
        ("ce-socketid", "s1"),
        ("webhook-request-origin", "localhost"),
    ];
    for (name, value) in changes {
        headers.retain(|(known, _)| known != name);
        if *value != "-" {
            headers.push((name, value));
        }
    }
    let request = running.request("POST", "/runtime/webhooks/socketio?code=x");
    headers.into_iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    })
}

fn emit(running: &Running, body: &str, changes: &[(&str, &str)]) -> reqwest::RequestBuilder {
    event(running, "user.message", "scripted", changes)
        .header("content-type", "text/plain; charset=utf-8")
        .body(body.to_owned())
}

async fn status(request: reqwest::RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    if let Some(kind) = response.headers().get("content-type") {
        assert_eq!(kind, "text/plain; charset=utf-8");
    }
    (status, response.text().await.unwrap())
}

/// The published cases of the dispatcher, and those derived from it.
#[tokio::test]
async fn which_rule_decides_the_status() {
    let (_app, running) = alone().await;
    let connected = |changes: &[(&str, &str)]| {
        let request = event(&running, "sys.connected", "connected", changes);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    // The function of this event fails, since no service answers; the answer does not.
    let cases: &[(&str, &str, u16)] = &[
        ("ce-hub", "hub1", 404),
        ("ce-namespace", "/ns1", 404),
        ("ce-type", "azure.webpubsub.user.connected", 404),
        ("ce-eventname", "event2", 404),
        ("ce-signature", "abc", 401),
        ("ce-signature", "-", 401),
        ("ce-connectionid", "", 400),
        ("ce-socketid", "", 400),
        ("ce-socketid", "-", 400),
        ("webhook-request-origin", "-", 400),
        ("webhook-request-origin", "", 500),
        ("webhook-request-origin", ",", 401),
        ("webhook-request-origin", "localhost:8080", 401),
    ];
    for (name, value, expected) in cases {
        assert_eq!(
            connected(&[(name, value)]).await,
            *expected,
            "{name}: {value}"
        );
    }
    let twice = event(&running, "sys.connected", "connected", &[]).header("ce-hub", "hub");
    assert_eq!(status(twice).await, 400);
    for (method, changes, expected) in [
        ("DELETE", vec![], 400),
        ("PUT", vec![("ce-signature", "x")], 401),
        ("PUT", vec![("ce-hub", "x")], 404),
        ("PATCH", vec![], 404),
    ] {
        let mut request = event(&running, "sys.connected", "connected", &changes)
            .build()
            .unwrap();
        *request.method_mut() = method.parse().unwrap();
        let response = running.client.execute(request).await.unwrap();
        assert_eq!(response.status(), expected, "{method}");
    }
    let good = Signer::new(KEY).sign(ID);
    for signature in [
        format!("sha256=something,{good}"),
        format!("{good}, sha256=something"),
        good.to_uppercase(),
    ] {
        let request = emit(
            &running,
            "42[\"scripted\"]",
            &[("ce-signature", &signature)],
        );
        assert_eq!(status(request).await, 200, "{signature}");
    }
    for origin in ["LOCALHOST", "other.com, localhost"] {
        let request = emit(
            &running,
            "42[\"scripted\"]",
            &[("webhook-request-origin", origin)],
        );
        assert_eq!(status(request).await, 200, "{origin}");
    }
    let other_case = [
        ("ce-hub", "HUB"),
        ("ce-eventname", "SCRIPTED"),
        ("ce-type", "AZURE.webpubsub.x"),
    ];
    assert_eq!(
        status(emit(&running, "42[\"SCRIPTED\"]", &other_case)).await,
        200
    );
    // The name in the payload must be that of the header to the letter.
    assert_eq!(status(emit(&running, "42[\"Scripted\"]", &[])).await, 500);
    let user = || event(&running, "user.message", "scripted", &[]).body("42[\"scripted\"]");
    let refused = answer(user().header("content-type", "application/json")).await;
    assert_eq!(
        refused,
        (
            400,
            "Message data only supports text. Current value is: application/json".to_owned()
        )
    );
    assert_eq!(
        status(user().header("content-type", "TEXT/PLAIN")).await,
        200
    );
    assert_eq!(status(user()).await, 500);
    assert_eq!(running.status("POST", "/runtime/webhooks/other").await, 404);
}

#[tokio::test]
async fn the_service_may_ask_first() {
    let (_app, running) = alone().await;
    for (method, origin, expected, allowed) in [
        ("OPTIONS", Some("localhost"), 200, Some("localhost")),
        (
            "GET",
            Some("ddd.com LOCALHOST,y.com"),
            200,
            Some("LOCALHOST"),
        ),
        ("OPTIONS", Some("def.com"), 400, None),
        ("GET", Some(""), 400, None),
        ("OPTIONS", None, 500, None),
    ] {
        let mut request = running.request(method, "/runtime/webhooks/SocketIO/more");
        if let Some(origin) = origin {
            request = request.header("WebHook-Request-Origin", origin);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{method} {origin:?}");
        let found = response.headers().get("webhook-allowed-origin");
        assert_eq!(found.map(|origin| origin.to_str().unwrap()), allowed);
    }
}

#[tokio::test]
async fn an_event_is_text_inside_text_and_binding_data() {
    let (_app, running) = alone().await;
    let body = r#"4213["scripted",{"fill":true},"hi"]"#;
    let (code, text) = answer(emit(&running, body, &[("ce-userid", "ada")])).await;
    assert_eq!(code, 200, "{text}");
    let seen: Value = serde_json::from_str(text.strip_prefix("4313").unwrap()).unwrap();
    // Indented by two, members of the event first.
    assert_eq!(
        seen[0]["text"],
        "{\n  \"payload\": \"4213[\\\"scripted\\\",{\\\"fill\\\":true},\\\"hi\\\"]\",\n  \"eventName\": \"scripted\",\n  \"parameters\": [\n    {\n      \"fill\": true\n    },\n    \"hi\"\n  ],\n  \"namespace\": \"/\",\n  \"socketId\": \"s1\"\n}"
    );
    let metadata = &seen[0]["Metadata"];
    assert_eq!(metadata["Request"]["parameters"][1], "hi");
    for (name, value) in [
        ("SocketId", "\"s1\""),
        ("Namespace", "\"/\""),
        ("UserId", "\"ada\""),
        ("eventName", "\"scripted\""),
    ] {
        assert_eq!(metadata[name], value, "{name}");
    }
    let context = &metadata["ConnectionContext"];
    assert_eq!(
        json!([
            context["eventType"],
            context["eventName"],
            context["hub"],
            context["connectionId"],
            context["userId"],
            context["origin"],
            context["states"]
        ]),
        json!([1, "scripted", "hub", ID, "ada", "localhost", {}])
    );
    assert_eq!(context["headers"]["ce-socketid"], json!(["s1"]));
    assert_eq!(metadata["sys"]["MethodName"], "scripted");
}

#[tokio::test]
async fn arguments_are_bound_to_names() {
    let (_app, mut running) = alone().await;
    let named = |running: &Running, body: &str| {
        event(running, "user.message", "named", &[])
            .header("content-type", "text/plain")
            .body(body.to_owned())
    };
    let (code, text) = answer(named(&running, r#"427["named","hello",{"n":1}]"#)).await;
    assert_eq!(code, 200);
    let seen: Value = serde_json::from_str(text.strip_prefix("437").unwrap()).unwrap();
    assert_eq!(
        (&seen[0]["text"], &seen[0]["extra"]),
        (&json!("\"hello\""), &json!({"n": 1}))
    );
    let (code, _) = answer(named(&running, r#"427["named","hello"]"#)).await;
    assert_eq!(code, 500);
    running
        .line("Parameter length of incoming data dismatch. Expected to be 2, but actually 1")
        .await;
    // Without an acknowledgement it stays unnoticed.
    assert_eq!(status(named(&running, r#"42["named","hello"]"#)).await, 200);
}

#[tokio::test]
async fn what_connect_returns_is_the_status() {
    let (_app, running) = alone().await;
    let connect = |user: &str| {
        let body = json!({"claims": {"sub": [user]}, "query": {}, "headers": {}, "subprotocols": [], "clientCertificates": []});
        event(&running, "sys.connect", "connect", &[]).json(&body)
    };
    assert_eq!(answer(connect("ada")).await, (200, String::new()));
    assert_eq!(answer(connect("mallory")).await, (401, String::new()));
    let broken = event(&running, "sys.connect", "connect", &[]).body("x");
    assert_eq!(status(broken).await, 500);
}

#[tokio::test]
async fn a_failed_acknowledgement_is_500_with_a_warning() {
    let (_app, mut running) = alone().await;
    let body = r#"421["scripted",{"status":500}]"#;
    assert_eq!(status(emit(&running, body, &[])).await, 500);
    running.line("is never answered in Azure").await;
    // This one has no acknowledgement.
    let silent = r#"42["scripted",{"status":500}]"#;
    assert_eq!(status(emit(&running, silent, &[])).await, 200);
}

#[tokio::test]
async fn a_connection_that_is_missing_fails_its_function_alone() {
    let lost = json!({"type": "socketio", "direction": "out", "name": "actions", "hub": "hub", "connection": "NoSuch"});
    let mut bindings = crate::kit::http("", "");
    bindings.as_array_mut().unwrap().push(lost);
    let app = app().function("lost", bindings);
    let setting = format!("Endpoint=http://localhost:1;AccessKey={KEY};Version=1.0;");
    let started =
        app.start_with(|builder| builder.variable(SETTING, setting).variable("HUB", "hub"));
    let mut running = started.await.unwrap();
    running
        .line("the function 'lost' fails when it is invoked")
        .await;
    assert_eq!(running.status("GET", "/api/lost").await, 500);
    let line = running.line("← 500 lost").await;
    assert!(line.contains("'NoSuch' does not exist"), "{line}");
    let other = running.status("GET", "/api/negotiate?userId=ada").await;
    assert_eq!(other, 200);
}
