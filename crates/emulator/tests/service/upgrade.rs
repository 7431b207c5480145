//! The move from long-polling to a WebSocket.

use std::time::{Duration, Instant};

use crate::clients::Frame;
use crate::world::{World, quick};

#[tokio::test]
async fn a_session_moves_to_a_websocket_and_stays_there() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let mut ws = client.websocket().await;
    let pending = async {
        let poll = client.poll().await;
        assert_eq!(poll, "6", "the pending poll is released");
    };
    let probing = async {
        ws.send("2probe").await;
        assert_eq!(ws.text().await, "3probe");
    };
    tokio::join!(pending, probing);
    ws.send("5").await;
    world.post("/:send", r#"42["moved"]"#).await;
    assert_eq!(ws.text().await, r#"42["moved"]"#);
    assert_eq!(client.get().await.0, 400);
    assert_eq!(client.post("42[\"x\"]").await.0, 400);
    // A second one is opened and closed again, and the first goes on.
    let mut second = client.websocket().await;
    second.send("2probe").await;
    assert!(matches!(second.next().await, Frame::End(_)));
    world.post("/:send", r#"42["on"]"#).await;
    assert_eq!(ws.text().await, r#"42["on"]"#);
}

#[tokio::test]
async fn a_probe_that_fails_leaves_the_session_polling() {
    let mut settings = quick();
    settings.transport.upgrade_timeout = Duration::from_millis(50);
    let world = World::with(settings).await;
    let client = world.polling().await;
    client.join().await;
    let mut ws = client.websocket().await;
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    assert!(matches!(ws.next().await, Frame::End(_)));
    world.post("/:send", r#"42["x"]"#).await;
    assert_eq!(client.poll().await, r#"42["x"]"#);
}

/// The last word of the move and the poll come on two connections: whichever is read first, the move counts.
#[tokio::test]
async fn a_poll_that_comes_during_the_move_finds_it_done() {
    let world = World::new().await;
    for _ in 0..10 {
        let client = world.polling().await;
        client.join().await;
        let mut ws = client.websocket().await;
        ws.send("2probe").await;
        assert_eq!(ws.text().await, "3probe");
        let (poll, ()) = tokio::join!(client.get(), async {
            tokio::task::yield_now().await;
            ws.send("5").await;
        });
        assert_eq!(poll.0, 400, "{poll:?}");
    }
}

#[tokio::test]
async fn a_client_that_polls_on_after_its_probe_is_told_to_move() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let mut ws = client.websocket().await;
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    assert_eq!(client.poll().await, "6");
    ws.send("5").await;
    world.post("/:send", r#"42["moved"]"#).await;
    assert_eq!(ws.text().await, r#"42["moved"]"#);
}

#[tokio::test]
async fn a_second_websocket_during_the_move_is_closed_at_once() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let mut first = client.websocket().await;
    let mut second = client.websocket().await;
    assert!(matches!(second.next().await, Frame::End(_)));
    first.send("2probe").await;
    assert_eq!(first.text().await, "3probe");
    first.send("5").await;
    world.post("/:send", r#"42["moved"]"#).await;
    assert_eq!(first.text().await, r#"42["moved"]"#);
}

#[tokio::test]
async fn a_websocket_that_goes_away_makes_room_for_the_next() {
    let world = World::new().await;
    let client = world.polling().await;
    client.join().await;
    let mut first = client.websocket().await;
    first.send("nonsense").await;
    assert!(matches!(first.next().await, Frame::End(_)));
    let mut second = client.websocket().await;
    second.send("2probe").await;
    assert_eq!(second.text().await, "3probe");
}

/// A poll gives the move a tenth of a second. On a busy machine anything may be late once, but not every time.
#[tokio::test]
async fn what_is_sent_during_the_move_does_not_wait_for_its_end() {
    let world = World::new().await;
    let mut latest = Vec::new();
    for _ in 0..5 {
        let client = world.polling().await;
        client.join().await;
        let ws = client.websocket().await;
        let polled = async { (client.poll().await, Instant::now()) };
        let path = format!("/connections/{}/:send", client.sid);
        let sent = async {
            world.post(&path, r#"42["now"]"#).await;
            Instant::now()
        };
        let ((poll, arrived), sent) = tokio::join!(polled, sent);
        assert_eq!(poll, r#"42["now"]"#);
        latest.push(arrived.saturating_duration_since(sent));
        drop(ws);
    }
    let least = latest.iter().min().unwrap();
    assert!(*least < Duration::from_millis(60), "{latest:?}");
}
