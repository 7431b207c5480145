//! What strangers and clients can make the emulator keep, write and do has an end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::json;
use sio_emulator::{Hop, HopKind};
use sio_protocol::token;
use tokio::sync::Semaphore;
use tracing::span;

use crate::stub::Answer;
use crate::world::{KEY, World, hop, now, quick};

/// What a hop may take in memory, about: each of its texts is cut off.
const LARGEST_HOP: usize = 8 * 1024;

fn size(hop: &Hop) -> usize {
    format!("{hop:?}").len()
}

#[tokio::test]
async fn the_namespaces_of_a_connection_have_an_end() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let shut = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "connect" => Answer::after(&shut),
        _ => Answer::default(),
    });
    let mut client = world.ws().await;
    for number in 0..300 {
        client.send(&format!("40/n{number},")).await;
    }
    for number in 256..300 {
        let refused = client.text().await;
        let start = format!("44/n{number},{{\"message\":\"Connection rejected: it has 256 ");
        assert!(refused.starts_with(&start), "{refused}");
    }
    client.send("40").await;
    assert!(client.text().await.starts_with("44{\"message\":"));
    gate.add_permits(1000);
    for number in 0..256 {
        let joined = client.text().await;
        assert!(joined.starts_with(&format!("40/n{number},")), "{joined}");
    }
    // One that leaves makes room.
    client.send("41/n7,").await;
    client.join("/").await;
}

#[tokio::test]
async fn a_long_namespace_is_refused_with_a_reason() {
    let world = World::new().await;
    let mut hops = world.emulator.hops();
    let mut client = world.ws().await;
    let long = format!("/{}", "n".repeat(900_000));
    client.send(&format!("40{long},")).await;
    let refused = client.text().await;
    let reason = refused.strip_prefix(&format!("44{long},")).unwrap();
    let expected = r#"{"message":"Invalid namespace: it is longer than 765 bytes"}"#;
    assert_eq!(reason, expected);
    let is_refusal = |kind: &HopKind| matches!(kind, HopKind::Rejected { .. });
    let rejected = hop(&mut hops, is_refusal).await;
    assert!(size(&rejected) < LARGEST_HOP, "{}", size(&rejected));
    // The connection goes on, and a namespace of the greatest length is joined.
    client.join(&format!("/{}", "n".repeat(764))).await;
}

#[tokio::test]
async fn hops_of_strangers_are_small_however_much_they_say() {
    let world = World::new().await;
    let mut hops = world.emulator.hops();
    let long = "h".repeat(60_000);
    let url = format!("{}/api/hubs/{long}/:send", world.emulator.endpoint());
    assert_eq!(world.http.get(url).send().await.unwrap().status(), 401);
    let call = hop(&mut hops, |kind| matches!(kind, HopKind::Rest { .. })).await;
    assert!(size(&call) < LARGEST_HOP, "{}", size(&call));

    let claims = json!({"aud": "a".repeat(20_000), "exp": now() + 60});
    let token = token::sign(KEY, &claims).unwrap();
    let request = world.http.get(world.client_url("&transport=polling"));
    let answer = request.bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let refused = hop(&mut hops, |kind| matches!(kind, HopKind::Refused { .. })).await;
    assert!(size(&refused) < LARGEST_HOP, "{}", size(&refused));
}

/// Counts warnings.
struct Warnings(Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN && metadata.target().starts_with("sio_emulator")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The runtime of the test has one thread, which is the one that counts.
#[tokio::test]
async fn requests_of_strangers_write_few_lines() {
    let lines = Arc::new(AtomicUsize::new(0));
    let _guard = tracing::subscriber::set_default(Warnings(lines.clone()));
    let world = World::new().await;
    let endpoint = world.emulator.endpoint();
    for (path, status) in [
        ("/api/hubs/hub/groups/g", 401),
        ("/clients/socketio/hubs/hub?transport=polling&EIO=4", 401),
        ("/socket.io/", 404),
    ] {
        let before = lines.load(Ordering::Relaxed);
        let refused = async || {
            let answer = world.http.get(format!("{endpoint}{path}")).send().await;
            assert_eq!(answer.unwrap().status(), status, "{path}");
        };
        refused().await;
        // Another test's thread, which counts nothing, may have met the place of the warning first and switched it off.
        tracing::callsite::rebuild_interest_cache();
        for _ in 1..200 {
            refused().await;
        }
        let written = lines.load(Ordering::Relaxed) - before;
        // The first ten of a minute and the hundredth, or twice that if a minute ends in between.
        assert!((1..=22).contains(&written), "{path}: {written} lines");
    }
}

/// A web page can make a name of its own lead to this machine, and the development key is public.
#[tokio::test]
async fn a_call_to_a_name_that_is_not_the_emulators_is_refused() {
    let world = World::build(|builder, stub| {
        let builder = builder.settings(quick()).upstream(stub.url("/hook"));
        builder
            .endpoint("http://chat.example:8080")
            .allow_host("devbox")
    })
    .await;
    let address = world.emulator.address();
    let status = async |host: &str, path: &str| {
        let audience = format!("http://{host}{path}");
        let claims = json!({"aud": audience, "exp": now() + 60});
        let request = world
            .http
            .request(Method::HEAD, format!("http://{address}{path}"))
            .header("host", host)
            .bearer_auth(token::sign(KEY, &claims).unwrap());
        request.send().await.unwrap().status().as_u16()
    };
    let path = "/api/hubs/hub/groups/g";
    let port = address.port();
    for name in [
        format!("rebound.example:{port}"),
        "rebound.example".to_owned(),
        format!("localhost.rebound.example:{port}"),
        format!("127.0.0.1.rebound.example:{port}"),
    ] {
        assert_eq!(status(&name, path).await, 403, "{name}");
        assert_eq!(status(&name, "/api/health").await, 200, "{name}");
    }
    for name in [
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        format!("[::1]:{port}"),
        "chat.example:8080".to_owned(),
        "devbox:8080".to_owned(),
        // An address of a container's network. A page cannot make one its own.
        "172.17.0.2:8080".to_owned(),
    ] {
        // The group doesn't exist, and the caller learns that.
        assert_eq!(status(&name, path).await, 404, "{name}");
    }
    let refused = world
        .http
        .get(format!("http://{address}{path}"))
        .header("host", "rebound.example");
    let reason = refused.send().await.unwrap().text().await.unwrap();
    assert!(reason.contains("--allow-host NAME"), "{reason}");
}
