//! Events, acknowledgements, binary, order.

use std::sync::Arc;
use std::time::Duration;

use sio_emulator::{EventHandler, OnEventFailure};
use tokio::sync::Semaphore;

use crate::clients::Frame;
use crate::stub::Answer;
use crate::world::{World, group, quick};

#[tokio::test]
async fn the_payload_arrives_as_it_was_sent() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    client.join("/ns").await;
    for (text, name) in [
        (r#"42["hello", 1,"2",{"a":[true]}]"#, "hello"),
        (r#"42/ns,["hello2",1]"#, "hello2"),
        (r#"42["new message","\u001e  😀"]"#, "new message"),
        (r#"42[7,"x"]"#, "7"),
        (r#"421234567890123456789012345678901["huge"]"#, "huge"),
        (r#"42["\u6d88息"]"#, "消息"),
    ] {
        client.send(text).await;
        let event = world.stub.event(name).await;
        assert_eq!(event.body, text);
        assert_eq!(
            event.header("ce-type"),
            format!("azure.webpubsub.user.{name}")
        );
        assert_eq!(event.header("ce-eventname"), name);
    }
}

#[tokio::test]
async fn answers_go_to_the_client_unchanged() {
    let world = World::new().await;
    world.stub.on(|event| match event.name().as_str() {
        "q" => Answer::body(r#"4313["ok",1]"#),
        "two" => Answer::body("42[\"a\"]\u{1e}43/ns,5[]"),
        "empty" => Answer::status(204),
        "failed" => Answer::status(500).with_body("42[\"never\"]"),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    client.send(r#"4213["q"]"#).await;
    assert_eq!(client.text().await, r#"4313["ok",1]"#);
    for name in ["empty", "failed"] {
        client.send(&format!("42[\"{name}\"]")).await;
    }
    client.send(r#"42["two"]"#).await;
    assert_eq!(client.text().await, r#"42["a"]"#);
    assert_eq!(client.text().await, "43/ns,5[]");
}

#[tokio::test]
async fn a_failed_event_closes_only_when_told_to() {
    for (choice, closes) in [
        (OnEventFailure::Ignore, false),
        (OnEventFailure::Close, true),
    ] {
        let mut settings = quick();
        settings.webhook.on_event_failure = choice;
        let world = World::with(settings).await;
        world.stub.on(|event| match event.name().as_str() {
            "bad" => Answer::status(500),
            _ => Answer::default(),
        });
        let (mut client, _) = world.joined().await;
        client.send(r#"42["bad"]"#).await;
        if closes {
            client.expect_closed().await;
        } else {
            client.send(r#"42["good"]"#).await;
            world.stub.event("good").await;
        }
    }
}

#[tokio::test]
async fn events_without_handler_are_dropped() {
    let world =
        World::handlers(|stub| vec![EventHandler::new(stub.url("/hook")).user_events("a,b")]).await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["c"]"#).await;
    client.send(r#"42["B"]"#).await;
    world.stub.event("B").await;
    assert_eq!(world.stub.named("c").len(), 0);
}

#[tokio::test]
async fn events_go_one_by_one_per_connection_and_in_parallel_over_connections() {
    use std::sync::Mutex;
    let world = World::new().await;
    let (mut one, _) = world.joined().await;
    let (mut two, _) = world.joined().await;
    // Both first events must be under way at once, or both would wait for ever.
    let gate = Arc::new(Semaphore::new(0));
    let order: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let (held, seen) = (gate.clone(), order.clone());
    world.stub.on(move |event| {
        if !event.name().starts_with('n') {
            return Answer::default();
        }
        let mut seen = seen.lock().unwrap();
        seen.push((event.header("ce-connectionid"), event.name()));
        if event.name() == "n0" {
            if seen.iter().filter(|(_, name)| name == "n0").count() == 2 {
                held.add_permits(2);
            }
            return Answer::after(&held);
        }
        Answer::default()
    });
    for n in 0..100 {
        one.send(&format!("42[\"n{n}\"]")).await;
        two.send(&format!("42[\"n{n}\"]")).await;
    }
    world.stub.nth("n99", 2).await;
    for client in [&one, &two] {
        let names: Vec<String> = order
            .lock()
            .unwrap()
            .iter()
            .filter(|(id, _)| *id == client.sid)
            .map(|(_, name)| name.clone())
            .collect();
        let expected: Vec<String> = (0..100).map(|n| format!("n{n}")).collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn the_next_event_waits_for_the_answer() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "first" => Answer::after(&held),
        _ => Answer::default(),
    });
    let (mut client, socket) = world.joined().await;
    client.send(r#"42["first"]"#).await;
    client.send(r#"42["second"]"#).await;
    world.stub.event("first").await;
    // Re-entrancy: REST reaches the very connection whose event is under way.
    let path = format!("/groups/{}/:send", group("/", &socket));
    assert_eq!(world.post(&path, r#"42["inside"]"#).await.status(), 202);
    assert_eq!(client.text().await, r#"42["inside"]"#);
    assert_eq!(world.stub.named("second").len(), 0);
    gate.add_permits(1);
    world.stub.event("second").await;
}

#[tokio::test]
async fn a_client_that_emits_faster_than_it_is_served_loses_nothing() {
    let mut settings = quick();
    settings.waiting_bytes = 1;
    settings.transport.ping_interval = Duration::from_secs(1);
    settings.transport.ping_timeout = Duration::from_millis(200);
    let world = World::with(settings).await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "e" => Answer::after(&held),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    for n in 0..60 {
        client.send(&format!("42[\"e\",{n}]")).await;
    }
    // Pings go out although nothing is read, and silence is not held against the client.
    assert_eq!(client.text().await, "2");
    // Another client's heartbeat begins later and was not answered in time, so this one's was not, either.
    let mut silent = world.ws().await;
    assert_eq!(silent.rest().await.0, ["2"]);
    client.send("3").await;
    gate.add_permits(60);
    world.stub.nth("e", 60).await;
    assert_eq!(client.text().await, "2");
}

#[tokio::test]
async fn a_users_event_named_like_a_system_event_is_a_users() {
    let world =
        World::handlers(|stub| vec![EventHandler::new(stub.url("/hook")).system_events([])]).await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["connected",1]"#).await;
    let event = world.stub.event("connected").await;
    assert_eq!(event.header("ce-type"), "azure.webpubsub.user.connected");
}

#[tokio::test]
async fn a_name_with_a_line_break_is_dropped() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["a\r\nx-evil: 1"]"#).await;
    client.send(r#"42["nul\u0000"]"#).await;
    client.send(r#"42["next"]"#).await;
    let next = world.stub.event("next").await;
    assert_eq!(next.body, r#"42["next"]"#);
    assert!(
        world
            .stub
            .all()
            .iter()
            .all(|event| !event.headers.contains_key("x-evil"))
    );
    let events = world.stub.all();
    let users = events
        .iter()
        .filter(|event| event.header_or_empty("ce-type").contains("user"))
        .count();
    assert_eq!(users, 1);
}

#[tokio::test]
async fn what_the_reference_parser_refuses_closes() {
    let world = World::new().await;
    for packet in [
        "42{}",
        r#"42["connect"]"#,
        "42abc[1]",
        "49",
        "4",
        "431{}",
        "44",
        r#"44{"message":"no"}"#,
        r#"450-["x"]"#,
        r#"451-["x",{"_placeholder":true,"num":1}]"#,
    ] {
        let (mut client, _) = world.joined().await;
        client.send(packet).await;
        client.expect_closed().await;
    }
}

#[tokio::test]
async fn acknowledgements_of_clients_are_dropped() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    client.send("431[]").await;
    client.send(r#"461-2[{"_placeholder":true,"num":0}]"#).await;
    client.send_binary(&[1]).await;
    client.send(r#"42["next"]"#).await;
    world.stub.event("next").await;
}

#[tokio::test]
async fn unusable_answers_leave_the_connection_alone() {
    let world = World::new().await;
    world.stub.on(|event| match event.name().as_str() {
        "long" => Answer::body(format!("42[\"{}\"]", "x".repeat(16 * 1024 * 1024))),
        "bytes" => Answer::body(vec![0x34, 0xff]),
        "odd" => Answer::body("hello\u{1e}0{}\u{1e}2\u{1e}49"),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    for name in ["long", "bytes", "odd", "next"] {
        client.send(&format!("42[\"{name}\"]")).await;
    }
    world.stub.event("next").await;
    world.post("/:send", r#"42["marker"]"#).await;
    assert_eq!(client.text().await, r#"42["marker"]"#);
}

#[tokio::test]
async fn attachments_travel_with_their_event() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let header = r#"452-["up",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    client.send(header).await;
    client.send_binary(&[1, 2, 3]).await;
    client.send_binary(&[255]).await;
    let event = world.stub.event("up").await;
    assert_eq!(event.body, format!("{header}\u{1e}bAQID\u{1e}b/w=="));
    let polling = world.polling().await;
    polling.join().await;
    polling
        .send("451-[\"poll\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQID")
        .await;
    assert!(world.stub.event("poll").await.body.ends_with("\u{1e}bAQID"));
}

#[tokio::test]
async fn binary_groups_are_never_torn() {
    let world = World::new().await;
    let (mut ws, _) = world.joined().await;
    let polling = world.polling().await;
    polling.join().await;
    let binary = "451-[\"f\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQID";
    let sends = (0..20).flat_map(|_| {
        [
            world.post("/:send", binary),
            world.post("/:send", r#"42["t"]"#),
        ]
    });
    futures_util::future::join_all(sends).await;
    let mut texts = 0;
    let mut groups = 0;
    while texts + groups < 40 {
        match ws.text().await.as_str() {
            r#"42["t"]"# => texts += 1,
            header => {
                assert!(header.starts_with("451-"), "{header}");
                assert_eq!(ws.next().await, Frame::Binary(vec![1, 2, 3]));
                groups += 1;
            }
        }
    }
    let body = polling.poll().await;
    let pieces: Vec<&str> = body.split('\u{1e}').collect();
    assert_eq!(pieces.len(), 60);
    for pair in pieces.windows(2) {
        assert_eq!(pair[0].starts_with("451-"), pair[1] == "bAQID");
    }
}

#[tokio::test]
async fn torn_binary_closes() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    client.send_binary(&[1]).await;
    client.expect_closed().await;
    let (mut client, _) = world.joined().await;
    client.send(r#"452-["x"]"#).await;
    client.send_binary(&[1]).await;
    client.send(r#"42["x"]"#).await;
    client.expect_closed().await;
    let (mut client, _) = world.joined().await;
    client.send(r#"4511-["x"]"#).await;
    client.expect_closed().await;
}
