//! The app between stand-ins of the Functions host and of the service, with clients that speak the protocol: what no list
//! of actions can show.

use serde::Serialize;
use serde_json::{Value, json};
use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;
use socketio_functions::testing::{ClientError, World, WorldError, WorldSocket};

type Result<T> = std::result::Result<T, WorldError>;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\xff\x1e and so on";

async fn world() -> Result<World> {
    let settings = Settings::new().with("KEEPERS_WORD", "sesame");
    let world = World::builder(rooms_and_acks::app()).settings(settings);
    world.start().await
}

/// Comes in through the door, as the page does.
async fn visitor(world: &World, name: &str, word: &str) -> Result<WorldSocket> {
    let body = json!({ "name": name, "word": word }).to_string();
    let request = Request::post("negotiate");
    let answer = world.request(request.with_body(body)).await?;
    let at = serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    Ok(WorldSocket::connect(&at, "/").await?)
}

/// Emits an event and waits for its acknowledgement.
async fn ask(socket: &mut WorldSocket, event: &str, argument: impl Serialize) -> Result<Value> {
    Ok(socket.emit_with_ack(event, argument).await?.arguments)
}

/// The name and the arguments of the next event.
async fn heard(socket: &mut WorldSocket) -> Result<(String, Value)> {
    let event = socket.next().await?;
    Ok((event.event, event.arguments))
}

#[tokio::test]
async fn a_picture_reaches_the_others_in_the_room_as_the_bytes_it_was() -> Result<()> {
    let world = world().await?;
    let mut ada = visitor(&world, "Ada", "").await?;
    let mut grace = visitor(&world, "Grace", "").await?;
    let mut joan = visitor(&world, "Joan", "").await?;
    for socket in [&mut ada, &mut grace] {
        assert_eq!(ask(socket, "enter", "Garden").await?, json!([]));
    }
    ask(&mut joan, "enter", "Library").await?;

    let picture = Bytes::from_static(PNG);
    let answer = ada.emit_with_ack("show", ("Garden", "Hills", &picture));
    assert_eq!(answer.await?.arguments, json!(["PNG", PNG.len()]));
    let shown = grace.next().await?;
    assert_eq!(shown.event, "shown");
    assert_eq!(shown.arguments[0]["from"], "Ada");
    assert_eq!(shown.attachments, [picture]);

    // A wave at each room: it is the next thing that everybody hears, so the picture went to nobody else.
    for room in ["Garden", "Library"] {
        grace.emit("wave", room)?;
    }
    for (socket, room) in [(&mut ada, "Garden"), (&mut joan, "Library")] {
        let waved = ("waved".to_owned(), json!([room, "Grace"]));
        assert_eq!(heard(socket).await?, waved);
    }
    world.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_desk_is_a_second_namespace_of_one_connection() -> Result<()> {
    let world = world().await?;
    let eve = visitor(&world, "Eve", "open").await?;
    let refused = eve.join("/keeper").await;
    assert!(
        matches!(&refused, Err(ClientError::Rejected { message, .. }) if message == "The desk is the keeper's."),
        "{refused:?}"
    );

    let mut grace = visitor(&world, "Grace", "").await?;
    let mut keeper = visitor(&world, "Keeper", "sesame").await?;
    ask(&mut grace, "enter", "Kitchen").await?;
    let mut desk = keeper.join("/keeper").await?;
    // The desk's question reaches the house, and a guest's answer the desk.
    assert_eq!(heard(&mut grace).await?.0, "roll call");
    assert_eq!(heard(&mut keeper).await?.0, "roll call");
    grace.emit("here", vec!["Kitchen"])?;
    let guest = json!([{ "socket": grace.id(), "name": "Grace", "rooms": ["Kitchen"] }]);
    assert_eq!(heard(&mut desk).await?, ("present".to_owned(), guest));

    assert_eq!(ask(&mut desk, "close", "Kitchen").await?, json!([]));
    assert_eq!(
        heard(&mut grace).await?,
        ("closed".to_owned(), json!(["Kitchen"]))
    );
    // Grace is outside: a wave at the kitchen passes her by, and the next thing that she hears is the end.
    keeper.emit("wave", "Kitchen")?;
    let out = json!([grace.id()]);
    assert_eq!(
        ask(&mut desk, "show out", grace.id().to_owned()).await?,
        json!([])
    );
    let ended = grace.next().await;
    assert!(matches!(ended, Err(ClientError::Disconnected)), "{ended:?}");
    assert_eq!(heard(&mut desk).await?, ("gone".to_owned(), out));
    world.stop().await;
    Ok(())
}

#[tokio::test]
async fn everybody_in_a_room_is_sent_home_and_nobody_else() -> Result<()> {
    let world = world().await?;
    let mut keeper = visitor(&world, "Keeper", "sesame").await?;
    let mut grace = visitor(&world, "Grace", "").await?;
    let mut joan = visitor(&world, "Joan", "").await?;
    ask(&mut grace, "enter", "Garden").await?;
    ask(&mut joan, "enter", "Library").await?;
    let mut desk = keeper.join("/keeper").await?;
    ask(&mut desk, "send home", "Garden").await?;
    assert_eq!(heard(&mut grace).await?.0, "roll call");
    let ended = grace.next().await;
    assert!(matches!(ended, Err(ClientError::Disconnected)), "{ended:?}");
    assert_eq!(ask(&mut joan, "leave", "Library").await?, json!([]));
    assert_eq!(ask(&mut keeper, "enter", "Garden").await?, json!([]));
    world.stop().await;
    Ok(())
}
