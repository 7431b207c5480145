//! The key of the function that the service posts to, which stands in the event handler's URL. A second key takes over
//! while Azure gives the first a new value; afterwards the second is removed.

use super::Rotation;
use crate::deploy::tool::Call;
use crate::deploy::{DEFAULT_KEY, proof, register};
use crate::terminal;

/// The key that takes over for the time being.
const INTERIM_KEY: &str = "interim";

/// Proves each hub with the key that is in use.
pub(super) async fn look(rotation: &Rotation<'_>) -> anyhow::Result<()> {
    if rotation.app.webhook_key {
        prove_all(rotation).await?;
    }
    Ok(())
}

pub(super) async fn rotate(rotation: &Rotation<'_>) -> anyhow::Result<()> {
    if !rotation.app.webhook_key {
        terminal::under("rotate", "the function socketio asks for no key");
        return Ok(());
    }
    // Without a value Azure makes one, so the key never leaves Azure.
    let set = |key: &str| keys(rotation, "set", key);
    rotation.tools.run(set(INTERIM_KEY)).await?;
    register_all(rotation, INTERIM_KEY).await?;
    rotation.settle().await;
    rotation.tools.run(set(DEFAULT_KEY)).await?;
    register_all(rotation, DEFAULT_KEY).await?;
    rotation.settle().await;
    rotation
        .tools
        .run(keys(rotation, "delete", INTERIM_KEY))
        .await?;
    rotation.done("the key of the function socketio is a new one");
    Ok(())
}

fn keys(rotation: &Rotation<'_>, verb: &str, key: &str) -> Call {
    Call::az(&format!(
        "functionapp function keys {verb} --only-show-errors --output none"
    ))
    .option("--resource-group", &rotation.place.group)
    .option("--name", &rotation.place.app)
    .option("--function-name", "socketio")
    .option("--key-name", key)
}

/// Puts a key into the URL of every hub, and proves that the service gets in with it.
async fn register_all(rotation: &Rotation<'_>, key: &str) -> anyhow::Result<()> {
    let Rotation {
        tools, place, app, ..
    } = rotation;
    for hub in &app.hubs {
        register(
            tools,
            place,
            app,
            hub,
            &rotation.template,
            key,
            rotation.time,
        )
        .await?;
    }
    prove_all(rotation).await
}

async fn prove_all(rotation: &Rotation<'_>) -> anyhow::Result<()> {
    let Rotation {
        tools, place, app, ..
    } = rotation;
    for hub in &app.hubs {
        proof::prove(tools, place, app, hub, rotation.proof, rotation.time).await?;
    }
    Ok(())
}
