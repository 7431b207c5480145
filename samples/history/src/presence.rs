//! Who is online, across all instances.
//!
//! A socket is online from the event `connected` until `disconnected`. But an event can be lost, when the app is down or
//! its handler fails, so a page also sends a sign of life, and silent sockets are forgotten.

use socketio_functions::prelude::*;

use crate::Store;

/// A socket without a sign of life for this long is gone, in milliseconds. Pages send one every twenty seconds.
const SILENT: i64 = 60_000;

/// Tells everyone who is online now.
async fn tell(store: &Store, io: &Io) -> anyhow::Result<()> {
    io.emit("online", store.names().await?);
    Ok(())
}

pub(crate) async fn came(
    State(store): State<Store>,
    socket: Socket,
    user: UserId,
    io: Io,
) -> anyhow::Result<()> {
    store.seen(socket.id(), &user).await?;
    tell(&store, &io).await
}

pub(crate) async fn went(
    State(store): State<Store>,
    socket: SocketId,
    io: Io,
) -> anyhow::Result<()> {
    store.gone(&socket).await?;
    tell(&store, &io).await
}

/// socket.emit("here"): a sign of life.
pub(crate) async fn here(
    State(store): State<Store>,
    socket: Socket,
    user: UserId,
) -> anyhow::Result<()> {
    store.seen(socket.id(), &user).await
}

/// socket.emit("who", (names) => …)
pub(crate) async fn who(State(store): State<Store>) -> anyhow::Result<Ack<Vec<String>>> {
    Ok(Ack(store.names().await?))
}

/// Forgets silent sockets. The host runs a timer on one instance at a time.
pub(crate) async fn sweep(State(store): State<Store>, io: Io) -> anyhow::Result<()> {
    if store.sweep(SILENT).await? > 0 {
        tell(&store, &io).await?;
    }
    Ok(())
}
