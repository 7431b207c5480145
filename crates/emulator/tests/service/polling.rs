//! Long-polling: what one body carries, two requests at once, clients that hang up.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use sio_emulator::HopKind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::PATIENCE;
use crate::clients::Polling;
use crate::stub::Answer;
use crate::world::{World, hop, quick};

#[tokio::test]
async fn two_polls_at_once_close_the_session() {
    let world = World::new().await;
    let client = world.polling().await;
    let (first, second) = tokio::join!(client.get(), client.get());
    let (closed, refused) = if first.0 == 200 {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(closed, (200, "1".to_owned()));
    assert_eq!(refused.0, 400);
    assert_eq!(client.get().await.0, 400);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_and_closes() {
    let world = World::new().await;
    let client = world.polling().await;
    let text = format!(r#"42["x","{}"]"#, "a".repeat(1_000_001));
    assert_eq!(client.post(text).await.0, 413);
    assert_eq!(client.get().await.0, 400);
}

#[tokio::test]
async fn packets_share_a_body_in_order() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    client.send("42[\"a\"]\u{1e}42[\"b\"]\u{1e}42[\"c\"]").await;
    world.stub.event("c").await;
    let names: Vec<_> = world.stub.all().iter().map(|event| event.name()).collect();
    let order: Vec<_> = names
        .iter()
        .filter(|name| ["a", "b", "c"].contains(&name.as_str()))
        .collect();
    assert_eq!(order, ["a", "b", "c"]);
    for n in 1..=3 {
        world.post("/:send", &format!("42[\"n\",{n}]")).await;
    }
    assert_eq!(
        client.poll().await,
        "42[\"n\",1]\u{1e}42[\"n\",2]\u{1e}42[\"n\",3]"
    );
}

#[tokio::test]
async fn a_client_that_says_goodbye_is_gone() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let (pending, ()) = tokio::join!(client.get(), client.send("1"));
    assert_eq!(pending, (200, "6".to_owned()));
    assert_eq!(client.get().await.0, 400);
    world.stub.event("disconnected").await;
}

#[tokio::test]
async fn a_client_that_hangs_up_its_poll_is_gone() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let poll = tokio::time::timeout(Duration::from_millis(50), client.get());
    assert!(poll.await.is_err());
    world.stub.event("disconnected").await;
}

/// The event loop of a session whose function app is busy: the POST cannot be taken in, and its client gives up.
#[tokio::test]
async fn a_post_that_is_broken_off_ends_its_session() {
    let mut settings = quick();
    settings.waiting_bytes = 1;
    let world = World::with(settings).await;
    let gate = Arc::new(Semaphore::new(0));
    let client = world.polling().await;
    client.join().await;
    let held = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "e" => Answer::after(&held),
        _ => Answer::default(),
    });
    let mut hops = world.emulator.hops();
    let body = vec![r#"42["e"]"#; 40].join("\u{1e}");
    let posting = tokio::time::timeout(Duration::from_millis(200), client.post(body));
    assert!(posting.await.is_err(), "there is no room for 40 events");
    hop(&mut hops, |kind| matches!(kind, HopKind::Closed { .. })).await;
    gate.add_permits(100);
    world.stub.event("disconnected").await;
    assert_eq!(client.get().await.0, 400);
}

/// A POST whose head says that a body follows, and nothing of the body.
async fn promise_body(world: &World, client: &Polling) -> TcpStream {
    let mut stream = TcpStream::connect(world.emulator.address()).await.unwrap();
    let path = client.url().split_once("/clients").unwrap().1;
    let head = format!("POST /clients{path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n4");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn status_of(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 64];
    let length = tokio::time::timeout(PATIENCE, stream.read(&mut answer));
    let length = length.await.unwrap().unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn a_body_that_does_not_arrive_ends_its_session() {
    let mut settings = quick();
    settings.transport.body_timeout = Duration::from_millis(100);
    let world = World::with(settings).await;
    let client = world.polling().await;
    let mut stream = promise_body(&world, &client).await;
    let answer = status_of(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(client.get().await.0, 400);
}

#[tokio::test]
async fn a_body_does_not_outlive_its_session() {
    let world = World::new().await;
    let client = world.polling().await;
    let mut stream = promise_body(&world, &client).await;
    let path = format!("/connections/{}", client.sid);
    assert_eq!(world.status(Method::DELETE, &path).await, 204);
    let answer = status_of(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

/// A client sends its goodbye and its last poll on two connections.
#[tokio::test]
async fn a_goodbye_that_overtakes_its_poll_answers_the_poll_all_the_same() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    client.send("1").await;
    world.stub.event("disconnected").await;
    assert_eq!(client.get().await, (200, "6".to_owned()));
    assert_eq!(client.get().await.0, 400);
    assert_eq!(client.post("3").await.0, 400);
}

#[tokio::test]
async fn after_a_goodbye_nothing_is_taken_in() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    client.send("1").await;
    assert_eq!(client.post(r#"42["x"]"#).await.0, 400);
    world.stub.event("disconnected").await;
    assert!(world.stub.all().iter().all(|event| event.name() != "x"));
}
