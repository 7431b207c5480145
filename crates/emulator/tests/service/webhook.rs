//! What the function app is sent, and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use sio_emulator::EventHandler;
use sio_protocol::signature::Signer;
use tokio::sync::Semaphore;

use crate::stub::Answer;
use crate::world::{KEY, SECOND_KEY, World, quick};

#[tokio::test]
async fn every_header_is_there_once() {
    let world = World::new().await;
    let (mut client, socket) = world.joined().await;
    client.send(r#"42["chat"]"#).await;
    let sid = client.sid.clone();
    let signature = format!(
        "{},{}",
        Signer::new(KEY).sign(&sid),
        Signer::new(SECOND_KEY).sign(&sid)
    );
    for (name, kind, content) in [
        ("connect", "sys", "application/json; charset=utf-8"),
        ("connected", "sys", "application/json; charset=utf-8"),
        ("chat", "user", "text/plain"),
    ] {
        let event = world.stub.event(name).await;
        for (header, value) in [
            ("content-type", content.to_owned()),
            ("webhook-request-origin", "localhost".to_owned()),
            ("ce-specversion", "1.0".to_owned()),
            ("ce-awpsversion", "1.0".to_owned()),
            ("ce-type", format!("azure.webpubsub.{kind}.{name}")),
            ("ce-source", format!("/hubs/hub/client/{sid}")),
            ("ce-signature", signature.clone()),
            ("ce-connectionid", sid.clone()),
            ("ce-hub", "hub".to_owned()),
            ("ce-eventname", name.to_owned()),
            ("ce-namespace", "/".to_owned()),
            ("ce-socketid", socket.clone()),
        ] {
            assert_eq!(event.header(header), value, "{header} of {name}");
            assert_eq!(event.headers.get_all(header).iter().count(), 1);
        }
        let time = event.header("ce-time");
        assert!(
            time.len() == 20 && time.ends_with('Z') && time.as_bytes()[10] == b'T',
            "{time}"
        );
        assert!(!event.headers.contains_key("ce-userid"));
        assert_eq!(event.path, "/hook");
    }
    assert_eq!(world.stub.event("connected").await.body, "{}");
}

#[tokio::test]
async fn one_key_signs_once() {
    let world = World::build(|_, stub| {
        sio_emulator::Emulator::builder()
            .key(KEY)
            .settings(quick())
            .upstream(stub.url("/hook"))
    })
    .await;
    let (client, _) = world.joined().await;
    let event = world.stub.event("connect").await;
    assert_eq!(
        event.header("ce-signature"),
        Signer::new(KEY).sign(&client.sid)
    );
}

#[tokio::test]
async fn events_of_a_connection_are_counted() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    world.stub.event("connected").await;
    for name in ["a", "b"] {
        client.send(&format!("42[\"{name}\"]")).await;
        world.stub.event(name).await;
    }
    client.send("41").await;
    world.stub.event("disconnected").await;
    for (name, id) in [
        ("connect", "0"),
        ("connected", "1"),
        ("a", "2"),
        ("b", "3"),
        ("disconnected", "4"),
    ] {
        assert_eq!(world.stub.event(name).await.header("ce-id"), id);
    }
}

#[tokio::test]
async fn the_template_is_filled_in() {
    let world = World::handlers(|stub| vec![EventHandler::new(stub.url("/{hub}/{event}"))]).await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["a/b c"]"#).await;
    assert_eq!(world.stub.event("a/b c").await.path, "/hub/a%2Fb%20c");
    assert_eq!(world.stub.event("connect").await.path, "/hub/connect");
    assert_eq!(world.stub.all()[0].path, "/hub/validate");
}

#[tokio::test]
async fn only_the_first_handler_that_fits_is_called() {
    use sio_protocol::cloud_events::SystemEvent;
    let world = World::handlers(|stub| {
        let mut first = EventHandler::new(stub.url("/first")).system_events([SystemEvent::Connect]);
        first.user_events = None;
        vec![first, EventHandler::new(stub.url("/second"))]
    })
    .await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["chat"]"#).await;
    assert_eq!(world.stub.event("chat").await.path, "/second");
    assert_eq!(world.stub.event("connect").await.path, "/first");
    assert_eq!(world.stub.named("chat").len(), 1);
}

#[tokio::test]
async fn whom_the_function_app_does_not_allow_is_not_sent() {
    for (allowed, passes) in [
        (Some("*"), true),
        (Some("localhost"), true),
        (Some("LocalHost"), true),
        (Some("other.example"), false),
        (Some("a.com, localhost"), true),
        (Some("localhost:7071"), true),
        (Some("https://localhost:8080/"), true),
        (Some("a.com, localhost.example"), false),
        (None, false),
    ] {
        let world = World::new().await;
        world.stub.on(move |event| match (&event.method, allowed) {
            (&Method::OPTIONS, Some(allowed)) => {
                Answer::status(200).with_header("webhook-allowed-origin", allowed)
            }
            _ => Answer::status(200),
        });
        let mut client = world.ws().await;
        client.send("40").await;
        let accepted = client.text().await.starts_with("40{");
        assert_eq!(accepted, passes, "{allowed:?}");
        assert_eq!(world.stub.named("connect").is_empty(), !passes);
    }
}

#[tokio::test]
async fn validation_falls_back_to_get_when_there_is_no_options() {
    for (status, passes) in [(404, true), (405, false)] {
        let world = World::new().await;
        world.stub.on(move |event| match event.method {
            Method::OPTIONS => Answer::status(status),
            Method::GET => Answer::status(200).with_header("webhook-allowed-origin", "*"),
            _ => Answer::default(),
        });
        let mut client = world.ws().await;
        client.send("40").await;
        assert_eq!(client.text().await.starts_with("40{"), passes, "{status}");
    }
}

#[tokio::test]
async fn a_url_is_asked_once() {
    let world = World::new().await;
    futures_util::future::join_all((0..10).map(|_| world.joined())).await;
    world.joined().await;
    assert_eq!(world.stub.validations(), 1);
    let all = world.stub.all();
    let validation = all
        .iter()
        .find(|event| event.method == Method::OPTIONS)
        .unwrap();
    assert_eq!(validation.header("webhook-request-origin"), "localhost");
    assert_eq!(validation.header("ce-awpsversion"), "1.0");
    assert!(!validation.headers.contains_key("ce-signature"));
}

#[tokio::test]
async fn a_validation_that_grew_old_is_renewed_beside_the_events() {
    let mut settings = quick();
    settings.webhook.validation_lifetime = Duration::from_millis(1);
    let world = World::with(settings).await;
    for _ in 0..3 {
        world.joined().await;
    }
    assert!(world.stub.validations() > 1);
}

#[tokio::test]
async fn a_repaired_function_app_is_found_again() {
    let world = World::new().await;
    let repaired = Arc::new(AtomicBool::new(false));
    let seen = repaired.clone();
    world.stub.on(move |_| {
        if seen.load(Ordering::Relaxed) {
            Answer::default()
        } else {
            Answer::status(500)
        }
    });
    let mut client = world.ws().await;
    client.send("40").await;
    assert!(client.text().await.starts_with("44{"));
    assert_eq!(world.stub.named("connect").len(), 0);
    repaired.store(true, Ordering::Relaxed);
    // The pause after the first failure is 20 ms here.
    loop {
        client.send("40").await;
        if client.text().await.starts_with("40{") {
            break;
        }
    }
}

#[tokio::test]
async fn what_is_tried_again_and_what_is_not() {
    let mut settings = quick();
    settings.webhook.retries = vec![Duration::from_millis(1); 3];
    let world = World::with(settings).await;
    world.stub.on(|event| match event.name().parse::<u16>() {
        Ok(status) => Answer::status(status).with_header("location", "/elsewhere"),
        Err(_) => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    for (status, tries) in [
        (408, 4),
        (500, 4),
        (502, 4),
        (503, 4),
        (504, 4),
        (400, 1),
        (401, 1),
        (403, 1),
        (404, 1),
        (429, 1),
        (302, 1),
    ] {
        client.send(&format!("42[\"{status}\"]")).await;
        client.send(&format!("42[\"after {status}\"]")).await;
        world.stub.event(&format!("after {status}")).await;
        let events = world.stub.named(&status.to_string());
        assert_eq!(events.len(), tries, "{status}");
        assert!(
            events
                .iter()
                .all(|event| event.header("ce-id") == events[0].header("ce-id"))
        );
    }
    assert!(
        world
            .stub
            .all()
            .iter()
            .all(|event| event.path != "/elsewhere")
    );
}

#[tokio::test]
async fn cookies_belong_to_a_connection() {
    let world = World::new().await;
    let count = Arc::new(AtomicUsize::new(0));
    world.stub.on(move |event| match event.name().as_str() {
        "connect" if count.fetch_add(1, Ordering::Relaxed) == 0 => {
            Answer::default().with_header("set-cookie", "affinity=1; Path=/")
        }
        _ => Answer::default(),
    });
    let (mut one, _) = world.joined().await;
    let (mut two, _) = world.joined().await;
    one.send(r#"42["one"]"#).await;
    two.send(r#"42["two"]"#).await;
    assert_eq!(world.stub.event("one").await.header("cookie"), "affinity=1");
    assert!(!world.stub.event("two").await.headers.contains_key("cookie"));
}

#[tokio::test]
async fn nothing_waits_for_connected() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    world.stub.on(move |event| match event.name().as_str() {
        "connected" => Answer::after(&gate),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    world.stub.event("connected").await;
    client.send(r#"42["x"]"#).await;
    world.stub.event("x").await;
}

#[tokio::test]
async fn without_handlers_clients_connect_and_events_are_dropped() {
    let world = World::handlers(|_| Vec::new()).await;
    let (mut client, _) = world.joined_as(json!({"sub": "u"})).await;
    client.send(r#"42["x"]"#).await;
    client.send("40/ns,").await;
    assert!(client.text().await.starts_with("40/ns,{"));
    assert_eq!(world.stub.all().len(), 0);
}
