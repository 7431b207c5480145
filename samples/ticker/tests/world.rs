//! The app between stand-ins of the Functions host and of the service: the schedule runs, and everybody hears the price.

use serde_json::{Value, json};
use socketio_functions::negotiate::Negotiation;
use socketio_functions::testing::{World, WorldError, WorldSocket};
use ticker::price::Quote;

/// Comes in as the page does: with the token that the app gives to everybody.
async fn listener(world: &World) -> Result<WorldSocket, WorldError> {
    let answer = world.get("negotiate").await?;
    let at: Negotiation =
        serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    Ok(WorldSocket::connect(&at, "/").await?)
}

#[tokio::test]
async fn every_second_tells_all_listeners_the_same_price() -> Result<(), WorldError> {
    let world = World::start(ticker::app()).await?;
    let mut listeners = [listener(&world).await?, listener(&world).await?];
    let mut told = Vec::new();
    for socket in &mut listeners {
        let first = socket.next().await?;
        let second = socket.next().await?;
        assert_eq!(first.event, "price");
        for price in [&first, &second] {
            let at = price.arguments[0]["at"].as_i64().unwrap_or_default();
            assert_eq!(price.arguments, json!([Quote::at(at)]));
        }
        let [first, second] = [first, second].map(|heard| heard.arguments[0].clone());
        assert!(first["at"].as_i64() < second["at"].as_i64());
        told.push(second);
    }
    // A page that opens now is told the past, over HTTP, and it is the one that the others heard.
    let history: Vec<Value> =
        serde_json::from_slice(&world.get("history").await?.body).unwrap_or_default();
    for price in told {
        assert!(history.contains(&price), "{price} was not told");
    }
    world.stop().await;
    Ok(())
}
