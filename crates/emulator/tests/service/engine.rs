//! The transport: handshake, heartbeat, sizes, refusals, CORS.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::clients::{Frame, Ws};
use crate::stub::Answer;
use crate::world::{World, quick};

#[tokio::test]
async fn polling_opens_with_and_without_the_slash() {
    let world = World::new().await;
    for url in [
        world.opening("polling"),
        world.opening("polling").replace("hub/?", "hub?"),
    ] {
        let response = world.http.get(url).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("text/plain"), "{kind}");
        let body = response.text().await.unwrap();
        let handshake: Value = serde_json::from_str(body.strip_prefix('0').unwrap()).unwrap();
        assert_eq!(handshake["upgrades"], json!(["websocket"]));
        assert_eq!(handshake["pingInterval"], 25_000);
        assert_eq!(handshake["pingTimeout"], 20_000);
        assert_eq!(handshake["maxPayload"], 1_000_000);
        let sid = handshake["sid"].as_str().unwrap();
        assert!((16..=32).contains(&sid.len()), "{sid}");
    }
}

#[tokio::test]
async fn a_websocket_opens_without_upgrades() {
    let world = World::new().await;
    let client = world.ws().await;
    assert_eq!(client.handshake["upgrades"], json!([]));
}

#[tokio::test]
async fn refusals_have_their_numbers() {
    let world = World::new().await;
    let refusal = async |method: Method, url: String| {
        let response = world.http.request(method, url).send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap_or(Value::Null);
        (status, body["code"].as_u64(), body["message"].clone())
    };
    let polling = world.opening("polling");
    for (method, url, code, message) in [
        (
            Method::GET,
            polling.replace("EIO=4", "EIO=3"),
            5,
            "Unsupported protocol version",
        ),
        (
            Method::GET,
            polling.replace("EIO=4&", ""),
            5,
            "Unsupported protocol version",
        ),
        (Method::GET, world.opening("flash"), 0, "Transport unknown"),
        (Method::POST, polling.clone(), 2, "Bad handshake method"),
        (
            Method::GET,
            format!("{polling}&sid=nobody"),
            1,
            "Session ID unknown",
        ),
        (Method::GET, world.opening("websocket"), 3, "Bad request"),
    ] {
        assert_eq!(
            refusal(method, url).await,
            (400, Some(code), json!(message))
        );
    }
    let elsewhere = format!(
        "http://{}/socket.io/?EIO=4&transport=polling",
        world.emulator.address()
    );
    assert_eq!(refusal(Method::GET, elsewhere).await.0, 404);
    let bad_hub = polling.replace("hubs/hub", "hubs/1bad");
    assert_eq!(refusal(Method::GET, bad_hub).await.0, 400);
}

#[tokio::test]
async fn hubs_compare_ignoring_case() {
    let world = World::new().await;
    let url = world.opening("websocket").replace("hubs/hub", "hubs/HUB");
    let mut client = Ws::open(&url).await;
    client.join("/").await;
    world.post("/:send", r#"42["x"]"#).await;
    assert_eq!(client.text().await, r#"42["x"]"#);
}

#[tokio::test]
async fn the_first_ping_comes_after_the_interval() {
    let mut settings = quick();
    settings.transport.ping_interval = Duration::from_millis(100);
    let world = World::with(settings).await;
    let started = Instant::now();
    let mut client = world.ws().await;
    let polling = world.polling().await;
    for _ in 0..3 {
        assert_eq!(client.text().await, "2");
        client.send("3").await;
    }
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(polling.poll().await, "2");
    polling.send("3").await;
    assert_eq!(polling.poll().await, "2");
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_closed() {
    let mut settings = quick();
    settings.transport.ping_interval = Duration::from_millis(50);
    settings.transport.ping_timeout = Duration::from_millis(50);
    let world = World::with(settings).await;
    let mut client = world.ws().await;
    client.send("40").await;
    let polling = world.polling().await;
    let (texts, _) = client.rest().await;
    assert!(texts.iter().any(|text| text == "2"), "{texts:?}");
    let event = world.stub.event("disconnected").await;
    assert_eq!(event.body, r#"{"reason":"ping timeout"}"#);
    // Its ping waits to be fetched until the session ends.
    loop {
        match polling.get().await {
            (200, body) => assert!(["2", "1"].contains(&body.as_str()), "{body}"),
            (status, body) => {
                assert_eq!((status, body.contains("\"code\":1")), (400, true));
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_client_that_joins_nothing_is_closed() {
    let mut settings = quick();
    settings.connect_timeout = Duration::from_millis(50);
    let world = World::with(settings).await;
    world.ws().await.expect_closed().await;
    assert_eq!(world.polling().await.poll().await, "1");
}

#[tokio::test]
async fn a_client_that_joined_in_time_stays() {
    let mut settings = quick();
    settings.connect_timeout = Duration::from_millis(50);
    let world = World::with(settings).await;
    let (mut client, _) = world.joined().await;
    client.send("41").await;
    world.stub.event("disconnected").await;
    // Another client's time begins later and is over now, so this one's is, too.
    world.ws().await.expect_closed().await;
    client.join("/").await;
}

#[tokio::test]
async fn a_message_that_is_too_large_closes_with_1009_and_nobody_else() {
    let world = World::new().await;
    let (mut large, _) = world.joined().await;
    let (mut other, _) = world.joined().await;
    let text = format!(r#"42["x","{}"]"#, "a".repeat(1_000_001));
    // The service may close before everything is sent.
    let _ = large.feed(text.into()).await;
    assert_eq!(large.rest().await, (vec![], Some(1009)));
    world.post("/:send", r#"42["still"]"#).await;
    assert_eq!(other.text().await, r#"42["still"]"#);
}

#[tokio::test]
async fn a_message_just_below_the_limit_is_delivered() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let text = format!(r#"42["x","{}"]"#, "a".repeat(900_000));
    client.send(&text).await;
    assert_eq!(world.stub.event("x").await.body.len(), text.len());
}

#[tokio::test]
async fn browsers_are_let_in_even_to_read_a_refusal() {
    let world = World::new().await;
    let origin = "http://localhost:3000";
    let preflight = world
        .http
        .request(Method::OPTIONS, world.client_url("&transport=polling"))
        .header("origin", origin)
        .header("access-control-request-headers", "x-custom")
        .send()
        .await
        .unwrap();
    assert!(preflight.status().is_success());
    assert_eq!(
        preflight.headers()["access-control-allow-headers"],
        "x-custom"
    );
    for url in [
        world.opening("polling"),
        world.opening("flash"),
        world.client_url("&transport=polling"),
    ] {
        let response = world
            .http
            .get(url)
            .header("origin", origin)
            .send()
            .await
            .unwrap();
        let headers = response.headers();
        assert_eq!(headers["access-control-allow-origin"], origin);
        assert_eq!(headers["access-control-allow-credentials"], "true");
    }
}

#[tokio::test]
async fn the_session_id_is_the_connection_id() {
    let world = World::new().await;
    let (client, _) = world.joined().await;
    let event = world.stub.event("connect").await;
    assert_eq!(event.header("ce-connectionid"), client.sid);
    let path = format!("/connections/{}", client.sid);
    assert_eq!(world.status(Method::HEAD, &path).await, 200);
}

#[tokio::test]
async fn what_is_no_packet_closes_the_session() {
    let world = World::new().await;
    let mut client = world.ws().await;
    client.send("4abc").await;
    client.expect_closed().await;
    let mut client = world.ws().await;
    client.send("hello").await;
    assert!(matches!(client.next().await, Frame::End(_)));
    let polling = world.polling().await;
    assert_eq!(polling.post("hello").await.0, 200);
    assert_eq!(polling.get().await.0, 400);
}

/// The reference implementation tells what is not Engine.IO from what only a server says.
#[tokio::test]
async fn the_handler_is_told_what_was_wrong_with_a_packet() {
    for (packet, reason) in [("7", "parse error"), ("2", "transport error")] {
        let world = World::new().await;
        let polling = world.polling().await;
        polling.join().await;
        polling.post(packet).await;
        let told = world.stub.nth("disconnected", 1).await;
        assert_eq!(told.body, format!(r#"{{"reason":"{reason}"}}"#));
        let mut client = world.ws().await;
        client.join("/").await;
        client.send(packet).await;
        let told = world.stub.nth("disconnected", 2).await;
        assert_eq!(told.body, format!(r#"{{"reason":"{reason}"}}"#));
    }
}

/// The timer of a client without namespace is set again when its only one is refused late.
#[tokio::test]
async fn a_client_that_is_refused_late_is_closed_all_the_same() {
    let mut settings = quick();
    settings.connect_timeout = Duration::from_millis(100);
    let world = World::with(settings).await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "connect" => Answer::after(&held).with_status(403),
        _ => Answer::default(),
    });
    let mut client = world.ws().await;
    client.send("40").await;
    world.stub.event("connect").await;
    // Another client's time begins later and is over now, so this one's is, too.
    world.ws().await.expect_closed().await;
    gate.add_permits(1);
    assert!(client.text().await.starts_with("44"));
    client.expect_closed().await;
}
