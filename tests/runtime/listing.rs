//! The whole app of `examples/listing.rs`, with clients between both stand-ins.

use serde_json::json;
use socketio_functions::testing::{ClientError, World};

#[path = "../../examples/listing.rs"]
#[expect(dead_code, reason = "its main is for a host")]
mod example;

#[tokio::test]
async fn the_listing_chats() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::start(example::app()).await?;
    let mut ada = world.connect("ada").await?;
    let mut bob = world.connect("bob").await?;
    for socket in [&mut ada, &mut bob] {
        let ack = socket.emit_with_ack("join", "lobby").await?;
        assert_eq!(ack.arguments, json!([true]));
    }
    let heard = ada.next().await?;
    assert_eq!(
        (heard.event.as_str(), heard.arguments),
        ("entered", json!(["lobby", "bob"]))
    );
    let ack = bob.emit_with_ack("message", ("lobby", "hello")).await?;
    assert_eq!(ack.arguments, json!([true]));
    let heard = ada.next().await?;
    assert_eq!(
        (heard.event.as_str(), heard.arguments),
        ("message", json!(["bob", "hello"]))
    );
    let ack = bob.emit_with_ack("message", ("lobby", "")).await?;
    assert_eq!(ack.arguments, json!([false, "The message is empty."]));
    let nameless = world.connect("").await;
    assert!(
        matches!(nameless, Err(socketio_functions::testing::WorldError::Client(ClientError::Rejected { ref message, .. })) if message == "Please choose a name."),
        "{nameless:?}"
    );
    world.stop().await;
    Ok(())
}
