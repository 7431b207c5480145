//! Slow clients, the timeline, starting wrongly.

use std::time::Duration;

use sio_emulator::{Emulator, HopKind, StartError, WebhookOutcome};

use crate::PATIENCE;
use crate::world::{World, quick};

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_and_nobody_else() {
    let mut settings = quick();
    settings.transport.queue_bytes = 4_000_000;
    let world = World::with(settings).await;
    let (slow, _) = world.joined().await;
    let (mut quick, _) = world.joined().await;
    let large = format!("42[\"{}\"]", "x".repeat(500_000));
    let mut sent = 0;
    let path = format!("/connections/{}", slow.sid);
    let closing = async {
        while world.status(reqwest::Method::HEAD, &path).await == 200 {
            world.post("/:send", &large).await;
            sent += 1;
            assert_eq!(quick.text().await.len(), large.len());
        }
    };
    tokio::time::timeout(Duration::from_secs(60), closing)
        .await
        .unwrap();
    assert!(
        sent > 8,
        "a client may be behind by its queue at least: {sent}"
    );
    let event = world.stub.event("disconnected").await;
    assert_eq!(event.body, r#"{"reason":"slow client"}"#);
    world.post("/:send", "42[\"on\"]").await;
    assert_eq!(quick.text().await, "42[\"on\"]");
}

#[tokio::test]
async fn a_client_that_does_not_poll_is_closed() {
    let mut settings = quick();
    settings.transport.queue_packets = 10;
    let world = World::with(settings).await;
    let client = world.polling().await;
    client.join().await;
    for _ in 0..11 {
        world.post("/:send", "42[\"x\"]").await;
    }
    assert_eq!(
        world.stub.event("disconnected").await.body,
        r#"{"reason":"slow client"}"#
    );
    assert_eq!(client.get().await.0, 400);
}

#[tokio::test]
async fn every_hop_of_an_event_is_seen_and_no_secret() {
    let world = World::new().await;
    let mut hops = world.emulator.hops();
    let (mut client, socket) = world.joined().await;
    client.send(r#"421["chat","argument"]"#).await;
    world.stub.event("chat").await;
    world.post("/:send", r#"42["news"]"#).await;
    client.send("41").await;
    let mut seen = Vec::new();
    loop {
        let hop = tokio::time::timeout(PATIENCE, hops.recv())
            .await
            .unwrap()
            .unwrap();
        let line = hop.to_string();
        assert!(
            !line.contains("argument")
                && !line.contains(crate::world::KEY)
                && !line.contains("eyJ"),
            "{line}"
        );
        let kind = match &hop.kind {
            HopKind::Opened { .. } => "opened",
            HopKind::Connected => {
                assert_eq!(hop.socket.as_deref(), Some(socket.as_str()));
                "connected"
            }
            HopKind::Event { event, ack, .. } => {
                assert!(event == "chat" && *ack);
                "event"
            }
            HopKind::Webhook { outcome, .. } => {
                assert!(matches!(
                    outcome,
                    WebhookOutcome::Answered { status: 200, .. }
                ));
                "webhook"
            }
            HopKind::Delivered { what, clients, .. } => {
                assert_eq!((what.as_str(), *clients), ("news", 1));
                "delivered"
            }
            HopKind::Rest { status, .. } => {
                assert_eq!(*status, 202);
                "rest"
            }
            HopKind::Disconnected { .. } => "disconnected",
            _ => "other",
        };
        seen.push(kind);
        if kind == "disconnected" {
            break;
        }
    }
    for kind in [
        "opened",
        "connected",
        "event",
        "webhook",
        "delivered",
        "rest",
    ] {
        assert!(seen.contains(&kind), "{kind}: {seen:?}");
    }
}

#[tokio::test]
async fn what_cannot_work_does_not_start() {
    let upstream = Emulator::builder()
        .upstream("http://{event}.example/")
        .start()
        .await;
    assert!(matches!(upstream, Err(StartError::Upstream(_))));
    let endpoint = Emulator::builder().endpoint("ftp://x").start().await;
    assert!(matches!(endpoint, Err(StartError::Endpoint(_))));
    let key = Emulator::builder().key("a;b").start().await;
    assert!(matches!(key, Err(StartError::Key)));
}

/// A caller that may name hubs may name many. Unused ones are forgotten; one with a client is not.
#[tokio::test]
async fn hubs_that_nobody_uses_do_not_pile_up() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let endpoint = world.emulator.endpoint();
    for number in 0..600 {
        let url = format!("{endpoint}/api/hubs/h{number}/groups/g");
        let answer = world.request(reqwest::Method::HEAD, &url).send().await;
        assert_eq!(answer.unwrap().status(), 404);
    }
    let state = world.http.get(format!("{endpoint}/_emulator/state"));
    let state: serde_json::Value = state.send().await.unwrap().json().await.unwrap();
    let hubs = state["hubs"].as_array().unwrap();
    assert!(hubs.len() <= 300, "{} hubs", hubs.len());
    assert!(hubs.iter().any(|hub| hub["name"] == "hub"));
    world.post("/:send", "42[\"still\"]").await;
    assert_eq!(client.text().await, "42[\"still\"]");
}
