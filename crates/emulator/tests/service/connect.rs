//! Joining namespaces, and being refused.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use sio_emulator::{EventHandler, HopKind};
use tokio::sync::Semaphore;

use crate::stub::Answer;
use crate::world::{World, group, hop, quick};

#[tokio::test]
async fn the_function_app_learns_of_the_handshake() {
    let world = World::new().await;
    let token = world.token(json!({}));
    let url = world.client_url(&format!("&transport=polling&access_token={token}&x=1&x=2"));
    let request = world
        .http
        .get(&url)
        .header("x-custom", "yes")
        .bearer_auth("unused");
    let open = request.send().await.unwrap().text().await.unwrap();
    let open: Value = serde_json::from_str(&open[1..]).unwrap();
    let url = format!("{url}&sid={}", open["sid"].as_str().unwrap());
    world.http.post(url).body("40").send().await.unwrap();

    let connect = world.stub.event("connect").await;
    assert_eq!(connect.header("ce-type"), "azure.webpubsub.sys.connect");
    let body: Value = serde_json::from_str(&connect.body).unwrap();
    let mut keys: Vec<_> = body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "claims",
            "clientCertificates",
            "headers",
            "query",
            "subprotocols"
        ]
    );
    assert_eq!(
        body["query"],
        json!({"EIO": ["4"], "transport": ["polling"], "x": ["1", "2"]})
    );
    assert_eq!(body["headers"]["x-custom"], json!(["yes"]));
    assert!(body["headers"].get("authorization").is_none());
    assert_eq!(body["claims"]["aud"], json!([world.audience()]));
    world.stub.event("connected").await;
}

#[tokio::test]
async fn any_namespace_may_be_asked_for() {
    let world = World::new().await;
    let mut client = world.ws().await;
    let socket = client.join("/x/y?z=1").await;
    let connect = world.stub.event("connect").await;
    assert_eq!(connect.header("ce-namespace"), "/x/y?z=1");
    assert_eq!(connect.header("ce-socketid"), socket);
}

#[tokio::test]
async fn a_refusal_says_why_and_leaves_the_rest_alone() {
    let world = World::new().await;
    world.stub.on(|event| {
        match event
            .headers
            .get("ce-namespace")
            .map(|value| value.to_str().unwrap())
        {
            Some("/plain") => Answer::status(401).with_body("not you"),
            Some("/empty") => Answer::status(403),
            Some("/json") => {
                Answer::status(400).with_body(r#"{"message":"nope","data":{"code":7}}"#)
            }
            _ => Answer::default(),
        }
    });
    let (mut client, _) = world.joined().await;
    for (namespace, error) in [
        ("/plain", json!({"message": "not you"})),
        (
            "/empty",
            json!({"message": "Connection rejected with status 403"}),
        ),
        ("/json", json!({"message": "nope", "data": {"code": 7}})),
    ] {
        client.send(&format!("40{namespace},")).await;
        let answer = client.text().await;
        let answer = answer.strip_prefix(&format!("44{namespace},")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(answer).unwrap(), error);
    }
    client.send(r#"42["on"]"#).await;
    world.stub.event("on").await;
    let refused = |name| {
        let events = world.stub.named(name);
        events
            .iter()
            .filter(|event| event.header("ce-namespace") != "/")
            .count()
    };
    assert_eq!((refused("connected"), refused("disconnected")), (0, 0));
}

#[tokio::test]
async fn a_failing_connect_is_tried_again_under_one_id() {
    let mut settings = quick();
    settings.webhook.retries = vec![Duration::from_millis(5); 3];
    let world = World::with(settings).await;
    world.stub.on(|_| Answer::default());
    let tries = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = tries.clone();
    world.stub.on(move |event| {
        if event.name() == "connect"
            && counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0
        {
            Answer::status(503)
        } else {
            Answer::default()
        }
    });
    let (_client, _) = world.joined().await;
    let events = world.stub.named("connect");
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].header("ce-id"), events[1].header("ce-id"));

    world.stub.on(|event| match event.name().as_str() {
        "connect" => Answer::status(500),
        _ => Answer::default(),
    });
    let mut client = world.ws().await;
    client.send("40").await;
    assert!(client.text().await.starts_with("44{"));
    assert_eq!(world.stub.named("connect").len(), 2 + 4);
}

#[tokio::test]
async fn nobody_there_and_nobody_answering_are_refusals() {
    let mut settings = quick();
    settings.webhook.timeout = Duration::from_millis(100);
    let world = World::with(settings.clone()).await;
    let gate = Arc::new(Semaphore::new(0));
    world.stub.on(move |event| match event.name().as_str() {
        "connect" => Answer::after(&gate),
        _ => Answer::default(),
    });
    let mut client = world.ws().await;
    client.send("40").await;
    assert!(client.text().await.contains("did not answer in time"));

    let nobody =
        World::build(|builder, _| builder.settings(settings).upstream("http://127.0.0.1:1/x"))
            .await;
    let mut client = nobody.ws().await;
    client.send("40").await;
    assert!(client.text().await.contains("could not be reached"));
}

/// The function app is there, and is not to blame.
#[tokio::test]
async fn a_user_that_no_header_can_carry_is_refused_for_that_reason() {
    let world = World::new().await;
    let mut client = world.ws_as(json!({"sub": "line\nbreak"})).await;
    client.send("40").await;
    let answer = client.text().await;
    assert!(answer.starts_with("44{"), "{answer}");
    assert!(answer.contains("no header can carry"), "{answer}");
    assert!(world.stub.named("connect").is_empty());
}

#[tokio::test]
async fn no_content_accepts() {
    let world = World::new().await;
    world.stub.on(|event| match event.name().as_str() {
        "connect" => Answer::status(204),
        _ => Answer::default(),
    });
    world.joined().await;
}

#[tokio::test]
async fn protocol_violations_close() {
    let world = World::new().await;
    for packets in [
        vec![r#"42["x"]"#],
        vec!["40", r#"42/other,["x"]"#],
        vec!["41"],
        vec!["40[]"],
    ] {
        let mut client = world.ws().await;
        for packet in &packets {
            client.send(packet).await;
        }
        let (texts, _) = client.rest().await;
        assert!(
            texts.iter().all(|text| text.starts_with("40")),
            "{packets:?}"
        );
    }
    let (mut client, _) = world.joined().await;
    client.send("40").await;
    client.expect_closed().await;
    assert_eq!(world.stub.named("x").len(), 0);

    let polling = world.polling().await;
    polling.join().await;
    polling.send("40").await;
    assert_eq!(polling.poll().await, "6\u{1e}1");
    assert_eq!(polling.get().await.0, 400);
}

#[tokio::test]
async fn packets_wait_for_the_decision() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let (opened, refuse) = (gate.clone(), Answer::status(403));
    world.stub.on(move |event| {
        match (
            event.name().as_str(),
            event.header_or_empty("ce-namespace").as_str(),
        ) {
            ("connect", "/no") => Answer {
                gate: Some(opened.clone()),
                ..refuse.clone()
            },
            ("connect", _) => Answer::after(&opened),
            _ => Answer::default(),
        }
    });
    let mut client = world.ws().await;
    client.send("40").await;
    client.send(r#"42["x"]"#).await;
    world.stub.event("connect").await;
    assert_eq!(world.stub.named("x").len(), 0);
    gate.add_permits(1);
    assert!(client.text().await.starts_with("40{"));
    world.stub.event("x").await;

    let mut client = world.ws().await;
    client.send("40/no,").await;
    client.send(r#"42/no,["y"]"#).await;
    world.stub.nth("connect", 2).await;
    gate.add_permits(1);
    let (texts, _) = client.rest().await;
    assert!(
        texts.len() == 1 && texts[0].starts_with("44/no,{"),
        "{texts:?}"
    );
    assert_eq!(world.stub.named("y").len(), 0);
}

#[tokio::test]
async fn what_the_client_sends_along_is_told_only_on_demand() {
    for expose in [false, true] {
        let mut settings = quick();
        settings.webhook.expose_auth = expose;
        let world = World::with(settings).await;
        let mut client = world.ws().await;
        client
            .send(r#"40{"token":"t","pid":"p","offset":"o"}"#)
            .await;
        assert!(client.text().await.starts_with(r#"40{"sid":""#));
        let body: Value = serde_json::from_str(&world.stub.event("connect").await.body).unwrap();
        assert_eq!(
            body.get("auth").is_some_and(|auth| auth["token"] == "t"),
            expose
        );
    }
}

#[tokio::test]
async fn without_system_events_clients_connect_at_once() {
    let world =
        World::handlers(|stub| vec![EventHandler::new(stub.url("/hook")).system_events([])]).await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["x"]"#).await;
    world.stub.event("x").await;
    client.send("41").await;
    client.join("/").await;
    assert_eq!(
        world.stub.named("connect").len() + world.stub.named("disconnected").len(),
        0
    );
}

#[tokio::test]
async fn a_slow_decision_delays_nobody_else() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(
        move |event| match event.header_or_empty("ce-namespace").as_str() {
            "/slow" => Answer::after(&held),
            _ => Answer::default(),
        },
    );
    let mut slow = world.ws().await;
    slow.send("40/slow,").await;
    world.stub.event("connect").await;
    let (mut client, _) = world.joined().await;
    client.send(r#"42["x"]"#).await;
    world.stub.event("x").await;
    gate.add_permits(10);
    assert!(slow.text().await.starts_with("40/slow,{"));
}

#[tokio::test]
async fn a_client_that_leaves_before_the_decision_never_joins() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(
        move |event| match event.header_or_empty("ce-namespace").as_str() {
            "/slow" => Answer::after(&held),
            _ => Answer::default(),
        },
    );
    let (mut client, _) = world.joined().await;
    client.send("40/slow,").await;
    world.stub.nth("connect", 2).await;
    let mut hops = world.emulator.hops();
    client.send("41/slow,").await;
    client.send(r#"42["after"]"#).await;
    hop(&mut hops, |kind| matches!(kind, HopKind::Event { .. })).await;
    gate.add_permits(10);
    // Nothing came before it on this connection, so no answer to the connect did.
    world.stub.event("after").await;
    world.post("/:send", r#"42["marker"]"#).await;
    assert_eq!(client.text().await, r#"42["marker"]"#);
    let path = format!("/groups/{}", group("/slow", ""));
    assert_eq!(world.status(Method::HEAD, &path).await, 404);
}
