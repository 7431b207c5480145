//! Cases that belong to no other topic.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use sio_emulator::EventHandler;
use tokio::net::TcpStream;

use crate::clients::Ws;
use crate::stub::{Answer, Stub};
use crate::world::{World, group, quick};

#[tokio::test]
async fn an_attempt_to_recover_is_an_ordinary_connect() {
    let world = World::new().await;
    let mut client = world.ws().await;
    client.send(r#"40{"pid":"p","offset":"o"}"#).await;
    let answer = client.text().await;
    assert!(answer.starts_with(r#"40{"sid":""#), "{answer}");
    assert!(!answer.contains("pid"), "{answer}");
}

#[tokio::test]
async fn the_published_token_opens_a_session() {
    let key = "7aab239577fd4f24bc919802fb629f5f";
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJodHRwOi8vbG9jYWxob3N0OjgwODAvY2xpZW50cy9zb2NrZXRpby9odWJzL2h1YiIsImV4cCI6NDEwMjQ0NDgwMCwic3ViIjoiYWxpY2UifQ.ND1bsN2F5mDbyWhzdtJV7MRG570VJ01NHUg7lazKRgg";
    let world = World::build(|builder, stub| {
        builder
            .key(key)
            .endpoint("http://localhost:8080")
            .upstream(stub.url("/hook"))
            .settings(quick())
    })
    .await;
    let url = world.client_url(&format!("&transport=websocket&access_token={token}"));
    Ws::open(&url).await.join("/").await;
    let connect = world.stub.event("connect").await;
    assert_eq!(connect.header("ce-userid"), "alice");
}

#[tokio::test]
async fn an_id_of_thirty_digits_is_text() {
    let world = World::new().await;
    let id = "123456789012345678901234567890";
    world.stub.on(move |event| match event.name().as_str() {
        "q" => Answer::body(format!("43{id}[1]")),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    client.send(&format!("42{id}[\"q\"]")).await;
    assert_eq!(client.text().await, format!("43{id}[1]"));
    assert_eq!(world.stub.event("q").await.body, format!("42{id}[\"q\"]"));
}

#[tokio::test]
async fn nobody_suffers_when_disconnected_fails() {
    let world = World::new().await;
    world.stub.on(|event| match event.name().as_str() {
        "disconnected" => Answer::status(500),
        _ => Answer::default(),
    });
    let (mut leaver, _) = world.joined().await;
    let (mut other, _) = world.joined().await;
    leaver.send("41").await;
    world.stub.event("disconnected").await;
    world.post("/:send", r#"42["n"]"#).await;
    assert_eq!(other.text().await, r#"42["n"]"#);
}

#[tokio::test]
async fn a_function_app_that_is_restarted_gets_its_event() {
    let mut settings = quick();
    settings.webhook.retries = [100, 300, 500, 1000].map(Duration::from_millis).to_vec();
    let mut world = World::with(settings).await;
    let (mut client, _) = world.joined().await;
    world.stub.event("connected").await;
    let address = world.stub.address;
    // The old one ends when it is replaced; until then it has the port.
    world.stub = Stub::start().await;
    let ended = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::PATIENCE, ended).await.unwrap();
    client.send(r#"42["late"]"#).await;
    // The first try ends at a listener that does not answer.
    let silent = sio_net::bind(address).await.unwrap();
    drop(
        tokio::time::timeout(crate::PATIENCE, silent.accept())
            .await
            .unwrap()
            .unwrap(),
    );
    drop(silent);
    let restarted = Stub::start_at(address).await;
    restarted.event("late").await;
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_refused_and_nothing_else() {
    let world = World::new().await;
    world.stub.on(|event| match event.name().as_str() {
        "long" => Answer::body(vec![b'6'; 17 * 1024 * 1024]),
        "short" => Answer::body(r#"42["short"]"#),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    client.send(r#"42["long"]"#).await;
    client.send(r#"42["short"]"#).await;
    assert_eq!(client.text().await, r#"42["short"]"#);
}

#[tokio::test]
async fn two_packets_are_two_frames() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    world.post("/:send", "42[\"a\"]\u{1e}42[\"b\"]").await;
    assert_eq!(client.text().await, "42[\"a\"]");
    assert_eq!(client.text().await, "42[\"b\"]");
}

#[tokio::test]
async fn rooms_have_the_published_names_and_do_not_come_back() {
    let world = World::new().await;
    let mut client = world.ws().await;
    client.join("/ns").await;
    assert_eq!(group("/ns", "rm"), "0~L25z~cm0");
    let path = format!("/groups/0~L25z~cm0/connections/{}", client.sid);
    assert_eq!(world.status(Method::PUT, &path).await, 200);
    let there = async || world.status(Method::HEAD, "/groups/0~L25z~cm0").await;
    assert_eq!(there().await, 200);
    client.send("41/ns,").await;
    world.stub.event("disconnected").await;
    client.join("/ns").await;
    assert_eq!(there().await, 404);
    assert_eq!(world.status(Method::HEAD, "/groups/0~L25z~").await, 200);
}

/// The Functions extension's calls, as its bindings make them: quotes escaped in JSON, filters in its words.
#[tokio::test]
async fn a_socket_that_a_binding_adds_to_a_room_hears_it() {
    let world = World::new().await;
    let (mut inside, socket) = world.joined().await;
    let (mut outside, _) = world.joined().await;
    let (own, room) = (group("/", &socket), group("/", "r"));
    let body = format!(r#"{{"groups":["{room}"],"filter":"\u0027{own}\u0027 in groups"}}"#);
    let url = world.api("/:addToGroups?api-version=2024-01-01");
    let request = world.request(Method::POST, &url);
    let request = request.header("content-type", "application/json");
    assert_eq!(request.body(body).send().await.unwrap().status(), 200);
    let path =
        format!("/groups/{room}/:send?contentType=text%2Fplain&filter=&api-version=2024-01-01");
    assert_eq!(world.post(&path, r#"42["x"]"#).await.status(), 202);
    assert_eq!(inside.text().await, r#"42["x"]"#);
    world.post("/:send", r#"42["marker"]"#).await;
    assert_eq!(outside.text().await, r#"42["marker"]"#);
}

#[tokio::test]
async fn a_function_that_hangs_holds_its_own_client_until_the_deadline() {
    let mut settings = quick();
    settings.webhook.timeout = Duration::from_millis(300);
    let world = World::with(settings).await;
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "hang" => Answer::after(&held),
        "connect" if event.header("ce-namespace") == "/hang" => Answer::after(&held),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    client.send(r#"421["hang"]"#).await;
    client.send(r#"42["next"]"#).await;
    world.stub.event("hang").await;
    assert!(world.stub.named("next").is_empty());
    world.stub.event("next").await;
    client.send("40/hang,").await;
    let refused = client.text().await;
    assert!(refused.starts_with("44/hang,"), "{refused}");
    assert!(refused.contains("in time"), "{refused}");
    gate.add_permits(10);
}

#[tokio::test]
async fn a_tunnel_leads_to_the_local_function_app() {
    let mut settings = quick();
    let world = World::build(|builder, stub| {
        settings.webhook.tunnel_upstream = stub.url("");
        let handler = EventHandler::new("tunnel:///runtime/webhooks/socketio");
        builder.settings(settings).handlers(vec![handler])
    })
    .await;
    world.joined().await;
    let connect = world.stub.event("connect").await;
    assert_eq!(connect.path, "/runtime/webhooks/socketio");
}

#[tokio::test]
async fn the_name_is_the_payloads_however_it_is_written() {
    let world = World::new().await;
    let (mut client, _) = world.joined_as(json!({})).await;
    client.send(r#"42[ "\u0063hat" ,1]"#).await;
    let chat = world.stub.event("chat").await;
    assert_eq!(chat.body, r#"42[ "\u0063hat" ,1]"#);
}

/// L06: what ten thousand clients leave behind is nothing.
#[tokio::test]
async fn ten_thousand_come_and_go() {
    const AT_ONCE: usize = 100;
    let world = World::handlers(|_| vec![]).await;
    for _ in 0..10_000 / AT_ONCE {
        let mut clients = Vec::with_capacity(AT_ONCE);
        for _ in 0..AT_ONCE {
            clients.push(world.ws_as(json!({"sub": "u"})).await);
        }
        for client in &mut clients {
            client.send("40").await;
        }
        for client in &mut clients {
            assert!(client.text().await.starts_with("40{"));
        }
    }
    // The last ones have been dropped, but the emulator may not have noticed yet.
    for path in ["/users/u", "/groups/0~Lw~"] {
        let gone = async {
            while world.status(Method::HEAD, path).await != 404 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(crate::PATIENCE, gone).await.unwrap();
    }
}
