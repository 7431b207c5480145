//! All the ways in which a client goes.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use sio_emulator::HopKind;
use tokio::sync::Semaphore;

use crate::stub::Answer;
use crate::world::{World, group, hop};

async fn send(world: &World, namespace: &str, room: &str, body: &str) {
    let path = format!("/groups/{}/:send", group(namespace, room));
    assert_eq!(world.post(&path, body).await.status(), 202);
}

#[tokio::test]
async fn leaving_one_namespace_leaves_the_other_alone() {
    let world = World::new().await;
    let (mut client, main) = world.joined().await;
    let chat = client.join("/chat").await;
    world
        .post_json(
            "/:addToGroups",
            &json!({"groups": [group("/", "rm"), group("/chat", "rm")], "filter": null}),
        )
        .await;
    client.send("41/chat,").await;
    let event = world.stub.event("disconnected").await;
    assert_eq!(
        (event.header("ce-socketid"), event.body.as_str()),
        (chat.clone(), r#"{"reason":""}"#)
    );
    for (namespace, room, status) in [
        ("/chat", "", 404),
        ("/chat", chat.as_str(), 404),
        ("/chat", "rm", 404),
        ("/", "", 200),
        ("/", main.as_str(), 200),
        ("/", "rm", 200),
    ] {
        let path = format!("/groups/{}", group(namespace, room));
        assert_eq!(
            world.status(Method::HEAD, &path).await,
            status,
            "{namespace} {room}"
        );
    }
    // G06: rooms are not restored.
    client.join("/chat").await;
    let path = format!("/groups/{}", group("/chat", "rm"));
    assert_eq!(world.status(Method::HEAD, &path).await, 404);
    send(&world, "/", "rm", r#"42["still"]"#).await;
    assert_eq!(client.text().await, r#"42["still"]"#);
}

#[tokio::test]
async fn a_lost_client_is_reported_for_each_namespace() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    client.join("/chat").await;
    drop(client);
    let event = world.stub.nth("disconnected", 2).await;
    assert_eq!(event.body, r#"{"reason":"transport close"}"#);
    let path = format!("/groups/{}", group("/", ""));
    assert_eq!(world.status(Method::HEAD, &path).await, 404);
}

#[tokio::test]
async fn a_namespace_is_emptied_and_nothing_else() {
    let world = World::new().await;
    let (mut both, _) = world.joined().await;
    both.join("/ns").await;
    let (mut main, _) = world.joined().await;
    send(&world, "/ns", "", "41/ns,").await;
    assert_eq!(both.text().await, "41/ns,");
    // To a namespace that no client is in any more.
    world.post("/:send", "41/ns,").await;
    world.post("/:send", r#"42["marker"]"#).await;
    assert_eq!(both.text().await, r#"42["marker"]"#);
    assert_eq!(main.text().await, r#"42["marker"]"#);
    world.stub.event("disconnected").await;
}

#[tokio::test]
async fn closing_disconnects_every_namespace_first() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    client.join("/ns").await;
    send(&world, "/ns", "", r#"41/ns,{"close":true}"#).await;
    assert_eq!(client.rest().await.0, ["41", "41/ns,"]);
    world.stub.nth("disconnected", 2).await;
    assert_eq!(
        world
            .status(Method::HEAD, &format!("/connections/{}", client.sid))
            .await,
        404
    );
}

#[tokio::test]
async fn without_close_the_client_may_come_back() {
    let world = World::new().await;
    let (mut client, socket) = world.joined().await;
    send(&world, "/", &socket, r#"41{"close":false}"#).await;
    assert_eq!(client.text().await, "41");
    let again = client.join("/").await;
    assert_ne!(again, socket);
    assert_eq!(
        world.stub.nth("connect", 2).await.header("ce-socketid"),
        again
    );
}

#[tokio::test]
async fn a_filter_chooses_who_is_disconnected() {
    let world = World::new().await;
    let (mut inside, socket) = world.joined().await;
    let (mut outside, _) = world.joined().await;
    let filter = format!(
        "'{}' in groups or '{}' in groups",
        group("/", &socket),
        group("/", "none")
    );
    let path = format!("/:send?filter={}", percent(&filter));
    assert_eq!(world.post(&path, "41").await.status(), 202);
    assert_eq!(inside.text().await, "41");
    world.post("/:send", r#"42["marker"]"#).await;
    assert_eq!(outside.text().await, r#"42["marker"]"#);
}

#[tokio::test]
async fn a_kick_names_its_reason() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let path = format!("/connections/{}?reason=bye%20now", client.sid);
    assert_eq!(world.status(Method::DELETE, &path).await, 204);
    assert_eq!(
        world
            .status(Method::HEAD, &format!("/connections/{}", client.sid))
            .await,
        404
    );
    client.expect_closed().await;
    let event = world.stub.event("disconnected").await;
    assert_eq!(
        event.body,
        r#"{"reason":"Application server closed the connection. Reason: bye now"}"#
    );
    assert_eq!(world.status(Method::DELETE, &path).await, 204);
}

#[tokio::test]
async fn many_are_closed_and_the_excluded_are_not() {
    let world = World::new().await;
    let (mut kept, _) = world.joined_as(json!({"sub": "kept"})).await;
    let close = async |path: String| world.status(Method::POST, &path).await;
    for make in [
        &(|_: &str| "/users/gone/:closeConnections?x=1".to_owned()) as &dyn Fn(&str) -> String,
        &|_| format!("/groups/{}/:closeConnections?x=1", group("/", "")),
        &|_| "/:closeConnections?x=1".to_owned(),
    ] {
        let (mut gone, _) = world.joined_as(json!({"sub": "gone"})).await;
        let path = format!("{}&excluded={}", make(&gone.sid), kept.sid);
        assert_eq!(close(path).await, 204);
        gone.expect_closed().await;
    }
    world.post("/:send", r#"42["marker"]"#).await;
    assert_eq!(kept.text().await, r#"42["marker"]"#);
}

#[tokio::test]
async fn a_close_packet_closes() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    world
        .post(&format!("/connections/{}/:send", client.sid), "1")
        .await;
    assert_eq!(client.rest().await.0, ["1"]);
}

#[tokio::test]
async fn many_lost_at_once_leave_nothing_behind() {
    let world = World::new().await;
    let clients =
        futures_util::future::join_all((0..50).map(|_| world.joined_as(json!({"sub": "u"})))).await;
    drop(clients);
    world.stub.nth("disconnected", 50).await;
    let mut sockets: Vec<String> = world
        .stub
        .named("disconnected")
        .iter()
        .map(|event| event.header("ce-socketid"))
        .collect();
    sockets.sort_unstable();
    sockets.dedup();
    assert_eq!(sockets.len(), 50);
    assert_eq!(world.status(Method::HEAD, "/users/u").await, 404);
    assert_eq!(
        world
            .status(Method::HEAD, &format!("/groups/{}", group("/", "")))
            .await,
        404
    );
}

#[tokio::test]
async fn stopping_tells_clients_and_ends_soon() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let polling = world.polling().await;
    polling.join().await;
    let World { emulator, stub, .. } = world;
    let started = std::time::Instant::now();
    emulator.stop().await;
    assert!(started.elapsed() < std::time::Duration::from_secs(3));
    client.expect_closed().await;
    stub.nth("disconnected", 2).await;
}

#[tokio::test]
async fn a_kick_during_an_event_drops_its_answer() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "slow" => Answer::after(&held).with_body("42[\"late\"]"),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    client.send(r#"42["slow"]"#).await;
    world.stub.event("slow").await;
    world
        .status(Method::DELETE, &format!("/connections/{}", client.sid))
        .await;
    client.expect_closed().await;
    gate.add_permits(1);
    world.stub.event("disconnected").await;
}

#[tokio::test]
async fn a_client_that_leaves_during_its_event_gets_no_answer() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "slow" => Answer::after(&held).with_body("431[]"),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    client.join("/ns").await;
    let mut hops = world.emulator.hops();
    client.send(r#"421["slow"]"#).await;
    client.send("41").await;
    hop(&mut hops, |kind| {
        matches!(kind, HopKind::Disconnected { .. })
    })
    .await;
    world.stub.event("slow").await;
    assert_eq!(world.stub.named("disconnected").len(), 0);
    gate.add_permits(1);
    world.stub.event("disconnected").await;
    client.send(r#"42/ns,["next"]"#).await;
    world.stub.event("next").await;
    world.post("/:send", r#"42/ns,["marker"]"#).await;
    assert_eq!(client.text().await, r#"42/ns,["marker"]"#);
}

#[tokio::test]
async fn what_was_emitted_before_leaving_is_delivered() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["last"]"#).await;
    client.send("1").await;
    client.close(Some(1000)).await;
    world.stub.event("last").await;
    world.stub.event("disconnected").await;
    let names: Vec<String> = world.stub.all().iter().map(|event| event.name()).collect();
    let at = |name: &str| names.iter().position(|found| found == name).unwrap();
    assert!(at("last") < at("disconnected"));
}

pub(crate) fn percent(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}
