//! What the reference server takes from clients, and what it does with it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use sio_emulator::HopKind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::PATIENCE;
use crate::clients::Frame;
use crate::stub::Answer;
use crate::world::{World, hop};

#[tokio::test]
async fn a_client_may_move_to_a_websocket_without_a_probe() {
    let world = World::new().await;
    let client = world.polling().await;
    client.send("40").await;
    let mut ws = client.websocket().await;
    ws.send("5").await;
    assert!(ws.text().await.starts_with("40{"));
    ws.send(r#"42["chat"]"#).await;
    world.stub.event("chat").await;
}

#[tokio::test]
async fn a_probe_may_be_repeated() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let mut ws = client.websocket().await;
    for _ in 0..3 {
        ws.send("2probe").await;
        assert_eq!(ws.text().await, "3probe");
    }
    ws.send("5").await;
    world.post("/:send", r#"42["moved"]"#).await;
    assert_eq!(ws.text().await, r#"42["moved"]"#);
}

#[tokio::test]
async fn a_close_frame_is_answered_with_its_code_and_has_no_reason() {
    let world = World::new().await;
    for code in [Some(1000), Some(1001), None] {
        let (mut client, socket) = world.joined().await;
        let answered = client.close(code).await;
        assert_eq!(answered.unwrap_or(1005), code.unwrap_or(1005));
        assert_eq!(reason_of(&world, &socket).await, "");
    }
    let (mut client, socket) = world.joined().await;
    assert_eq!(client.close(Some(1002)).await, Some(1002));
    assert_eq!(reason_of(&world, &socket).await, "transport close");
    let (client, socket) = world.joined().await;
    drop(client);
    assert_eq!(reason_of(&world, &socket).await, "transport close");
}

/// What the `disconnected` webhook of a socket says.
async fn reason_of(world: &World, socket: &str) -> String {
    for number in 1.. {
        let event = world.stub.nth("disconnected", number).await;
        if event.header("ce-socketid") == socket {
            let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
            return body["reason"].as_str().unwrap().to_owned();
        }
    }
    unreachable!("the webhook waits for each number")
}

#[tokio::test]
async fn base64_is_taken_as_every_client_writes_it() {
    let world = World::new().await;
    let header = r#"451-["up",{"_placeholder":true,"num":0}]"#;
    let written = [
        ("AQID", "AQID"),
        ("AQID\n", "AQID"),
        ("AQID\r\nBAUG\r\n", "AQIDBAUG"),
        ("AQ", "AQ=="),
        ("-_8", "+/8="),
    ];
    let polling = world.polling().await;
    polling.join().await;
    let (mut ws, _) = world.joined().await;
    for (number, (base64, canonical)) in written.into_iter().enumerate() {
        let expected = format!("{header}\u{1e}b{canonical}");
        polling.send(&format!("{header}\u{1e}b{base64}")).await;
        assert_eq!(world.stub.nth("up", 2 * number + 1).await.body, expected);
        ws.send(header).await;
        ws.send(&format!("b{base64}")).await;
        assert_eq!(world.stub.nth("up", 2 * number + 2).await.body, expected);
    }
}

#[tokio::test]
async fn what_waits_goes_out_over_the_websocket_when_a_client_is_closed_while_it_moves() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let mut ws = client.websocket().await;
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    let path = format!("/connections/{}/:send", client.sid);
    let packets = "42[\"last\"]\u{1e}41{\"close\":true}";
    assert_eq!(world.post(&path, packets).await.status(), 202);
    ws.send("5").await;
    assert_eq!(ws.rest().await.0, [r#"42["last"]"#, "41"]);
}

#[tokio::test]
async fn the_first_subprotocol_is_chosen_and_all_are_told() {
    let world = World::new().await;
    let url = world.opening("websocket");
    let (address, path) = (
        world.emulator.address(),
        url.split_once("/clients").unwrap().1,
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /clients{path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: one, two\r\nSec-WebSocket-Protocol: three\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let byte = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
        answer.push(byte.unwrap().unwrap());
    }
    let answer = String::from_utf8(answer).unwrap().to_lowercase();
    assert!(
        answer.contains("\r\nsec-websocket-protocol: one\r\n"),
        "{answer}"
    );
    // A masked text frame, "40", with a mask of zeros.
    stream.write_all(b"\x81\x82\0\0\0\x0040").await.unwrap();
    let body: serde_json::Value =
        serde_json::from_str(&world.stub.event("connect").await.body).unwrap();
    assert_eq!(body["subprotocols"], json!(["one", "two", "three"]));
}

#[tokio::test]
async fn thousands_of_packets_of_one_answer_count_as_one() {
    let world = World::new().await;
    let count = 3000;
    let body: Vec<String> = (0..count).map(|n| format!("42[\"tick\",{n}]")).collect();
    let answer = body.join("\u{1e}");
    let body = answer.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "burst" => Answer::body(body.clone()),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    client.send(r#"42["burst"]"#).await;
    for n in 0..count {
        assert_eq!(client.text().await, format!("42[\"tick\",{n}]"));
    }
    let polling = world.polling().await;
    polling.join().await;
    world
        .post(&format!("/connections/{}/:send", polling.sid), &answer)
        .await;
    assert_eq!(polling.poll().await.split('\u{1e}').count(), count);
}

#[tokio::test]
async fn an_event_or_namespace_that_no_header_can_carry_is_refused_alone() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let mut hops = world.emulator.hops();
    client.send(r#"421["a\ud800"]"#).await;
    let dropped = hop(&mut hops, |kind| matches!(kind, HopKind::Webhook { .. })).await;
    assert!(dropped.to_string().contains("surrogate"), "{dropped}");
    client.send("40/a\u{1},").await;
    let refused = client.text().await;
    assert!(
        refused.starts_with("44/a\u{1},{\"message\":\"Invalid namespace"),
        "{refused}"
    );
    client.send(r#"42["next","\ud800"]"#).await;
    assert_eq!(
        world.stub.event("next").await.body,
        r#"42["next","\ud800"]"#
    );
}

#[tokio::test]
async fn what_means_nothing_is_survived() {
    let world = World::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "connect" => Answer::after(&held),
        _ => Answer::default(),
    });
    // A client that asks twice before it is decided is let in twice.
    let mut client = world.ws().await;
    client.send("40").await;
    client.send("40").await;
    let both_wait = async {
        let url = format!("{}/_emulator/state", world.emulator.endpoint());
        loop {
            let state = world.http.get(&url).send().await.unwrap();
            let state: serde_json::Value = state.json().await.unwrap();
            let sockets = state["hubs"][0]["connections"][0]["sockets"].as_array();
            if sockets.is_some_and(|sockets| sockets.len() == 2) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, both_wait).await.unwrap();
    gate.add_permits(2);
    let (first, second) = (client.text().await, client.text().await);
    assert!(first.starts_with("40{") && second.starts_with("40{"));
    assert_ne!(first, second);
    for packet in ["42", "421", "43", "0", "0{}", "1", "5", "6"] {
        client.send(packet).await;
    }
    client.send(r#"42["next"]"#).await;
    world.stub.event("next").await;
    assert_eq!(world.stub.named("disconnected").len(), 0);
}

#[tokio::test]
async fn a_client_that_is_dropped_is_not_told() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let (waiting, ()) = tokio::join!(world.http.get(client.url()).send(), async {
        let drop = json!({"hub": "hub", "connection": client.sid});
        let url = format!("{}/_emulator/drop", world.emulator.endpoint());
        let dropped = world.http.post(url).json(&drop).send().await.unwrap();
        assert_eq!(dropped.status(), 200);
    });
    assert!(waiting.is_err(), "{waiting:?}");
    assert_eq!(client.get().await.0, 400);
}

#[tokio::test]
async fn a_polling_client_that_is_closed_is_told() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let path = format!("/connections/{}", client.sid);
    let (told, closed) = tokio::join!(client.poll(), world.status(reqwest::Method::DELETE, &path));
    assert_eq!((told.as_str(), closed), ("1", 204));
}

/// The next call on the same connection is answered, whether the body of the one before was wanted or not.
#[tokio::test]
async fn a_call_that_is_refused_before_its_body_is_read_leaves_a_good_connection() {
    let world = World::new().await;
    let mut stream = TcpStream::connect(world.emulator.address()).await.unwrap();
    for (path, size) in [
        ("/api/hubs/hub/:send", 900_000),
        ("/api/hubs/hub/:send", 2_000_000),
        (
            "/clients/socketio/hubs/hub/?EIO=4&transport=polling&sid=x",
            900_000,
        ),
        ("/_emulator/faults", 900_000),
        ("/nowhere", 900_000),
    ] {
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; size]).await.unwrap();
        let answer = answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(
            !answer.to_lowercase().contains("connection: close"),
            "{path}: {answer}"
        );
    }
}

/// One answer with its body.
async fn answer(stream: &mut TcpStream) -> String {
    let read = async {
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8_lossy(&answer).to_lowercase();
        let length = head.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await.unwrap();
        answer.extend(body);
        String::from_utf8(answer).unwrap()
    };
    tokio::time::timeout(PATIENCE, read)
        .await
        .expect("an answer in time")
}

#[tokio::test]
async fn a_body_that_never_comes_closes_the_connection() {
    let world = World::new().await;
    let mut stream = TcpStream::connect(world.emulator.address()).await.unwrap();
    let head = "POST /api/hubs/hub/:send HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(
        answer.to_lowercase().contains("connection: close"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_binary_frame_and_its_text_form_are_the_same() {
    let world = World::new().await;
    let (mut client, _) = world.joined().await;
    let header = r#"452-["up",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    client.send(header).await;
    client.send("bAQID").await;
    client.send_binary(&[255]).await;
    let event = world.stub.event("up").await;
    assert_eq!(event.body, format!("{header}\u{1e}bAQID\u{1e}b/w=="));
    client.send("bAQID").await;
    assert!(
        matches!(client.next().await, Frame::End(_)),
        "an attachment of nothing"
    );
}

/// One client cannot fill the service: nothing more is read from it while four of its events wait for the first.
#[tokio::test]
async fn what_waits_of_one_client_is_bounded_in_bytes() {
    let mut settings = crate::world::quick();
    settings.webhook.timeout = Duration::from_secs(60);
    settings.waiting_bytes = 1_000_000;
    let world = World::with(settings).await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.stub.on(move |event| match event.name().as_str() {
        "e" => Answer::after(&held),
        _ => Answer::default(),
    });
    let (mut client, _) = world.joined().await;
    let mut hops = world.emulator.hops();
    let event = format!(r#"42["e","{}"]"#, "x".repeat(400_000));
    let mut fed = 0;
    // The network holds a few of them; then the client has to wait.
    while tokio::time::timeout(Duration::from_secs(1), client.feed(event.as_str().into()))
        .await
        .is_ok()
    {
        fed += 1;
        assert!(fed < 100, "forty megabytes were taken in");
    }
    let mut taken = 0;
    while let Ok(hop) = hops.try_recv() {
        taken += usize::from(matches!(hop.kind, HopKind::Event { .. }));
    }
    assert!((1..=5).contains(&taken), "{taken} events were taken in");
}
