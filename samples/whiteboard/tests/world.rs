//! The app between stand-ins of the Functions host and of the service, in both modes: what one client draws, others see.

use serde_json::{Value, json};
use socketio_functions::app::Bindings;
use socketio_functions::negotiate::Negotiation;
use socketio_functions::testing::{World, WorldError, WorldSocket};

/// Comes in as the page does.
async fn guest(world: &World, label: &str) -> Result<WorldSocket, WorldError> {
    let answer = world.get(&format!("negotiate?guest={label}")).await?;
    let at: Negotiation =
        serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    Ok(WorldSocket::connect(&at, "/").await?)
}

async fn heard(socket: &mut WorldSocket) -> Result<(String, Value), WorldError> {
    let event = socket.next().await?;
    Ok((event.event, event.arguments))
}

async fn drawing(bindings: Bindings) -> Result<(), WorldError> {
    let world = World::builder(whiteboard::app()).bindings(bindings);
    let world = world.start().await?;
    let mut ada = guest(&world, "ada00001").await?;
    let mut bob = guest(&world, "bob00002").await?;
    let lines = json!([[[0, 0], [1600, 1200]], [[7, 7]]]);

    // The acknowledgement, which lets the next lines go, comes when these have been passed on.
    let ack = ada.emit_with_ack("draw", &lines).await?;
    assert_eq!(ack.arguments, json!([true]));
    ada.emit_with_ack("clear", ()).await?;
    let drawn = ("drawn".to_owned(), json!(["ada00001", lines]));
    let cleared = ("cleared".to_owned(), json!(["ada00001"]));
    assert_eq!(heard(&mut bob).await?, drawn);
    assert_eq!(heard(&mut bob).await?, cleared);
    // The painter hears of the clearing, and of nothing before it: the own lines did not come back.
    assert_eq!(heard(&mut ada).await?, cleared);

    // A latecomer has missed it all.
    let mut eve = guest(&world, "eve00003").await?;
    bob.emit_with_ack("draw", json!([[[1, 1]]])).await?;
    let drawn = ("drawn".to_owned(), json!(["bob00002", [[[1, 1]]]]));
    assert_eq!(heard(&mut eve).await?, drawn);
    world.stop().await;
    Ok(())
}

#[tokio::test]
async fn others_see_what_is_drawn_in_direct_mode() -> Result<(), WorldError> {
    drawing(Bindings::Direct).await
}

#[tokio::test]
async fn others_see_what_is_drawn_in_extension_mode() -> Result<(), WorldError> {
    drawing(Bindings::Extension).await
}
