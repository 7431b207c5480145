//! `sio join`, `sio leave` and `sio disconnect`: moving sockets from a terminal.

use anyhow::Context as _;

use super::{HINT, Place, id};
use crate::terminal;

/// Put a socket into a room, or take it out.
#[derive(Debug, clap::Args)]
pub(crate) struct RoomArgs {
    #[command(flatten)]
    place: Place,
    /// The socket's id, which the client sees as `socket.id`.
    #[arg(value_name = "SOCKET-ID", value_parser = id, allow_hyphen_values = true)]
    socket: String,
    /// The room.
    #[arg(value_parser = id, allow_hyphen_values = true)]
    room: String,
}

/// Take sockets out of the namespace.
#[derive(Debug, clap::Args)]
pub(crate) struct DisconnectArgs {
    #[command(flatten)]
    place: Place,
    /// Disconnect all sockets in this room; repeatable.
    #[arg(
        long,
        value_name = "ROOM",
        required_unless_present = "socket",
        allow_hyphen_values = true
    )]
    room: Vec<String>,
    /// Close their connections altogether, other namespaces included.
    #[arg(long)]
    close: bool,
    /// The id of one socket.
    #[arg(value_name = "SOCKET-ID", value_parser = id, allow_hyphen_values = true)]
    socket: Option<String>,
}

/// Runs `sio join`.
pub(crate) async fn join(args: RoomArgs) -> anyhow::Result<()> {
    let client = args.place.client()?;
    client
        .socket(args.socket)
        .join(args.room)
        .await
        .with_context(|| format!("the socket could not be moved\n{HINT}"))?;
    terminal::tell("sent; the service does not report whether the socket exists");
    Ok(())
}

/// Runs `sio leave`.
pub(crate) async fn leave(args: RoomArgs) -> anyhow::Result<()> {
    let client = args.place.client()?;
    client
        .socket(args.socket)
        .leave(args.room)
        .await
        .with_context(|| format!("the socket could not be moved\n{HINT}"))?;
    terminal::tell("sent; the service does not report whether the socket exists");
    Ok(())
}

/// Runs `sio disconnect`.
pub(crate) async fn disconnect(args: DisconnectArgs) -> anyhow::Result<()> {
    // Each socket is in a room of its own id, so a socket is selected like a room.
    let rooms: Vec<String> = args.room.into_iter().chain(args.socket).collect();
    let receivers = args.place.client()?.to(rooms);
    let sending = if args.close {
        receivers.close()
    } else {
        receivers.disconnect()
    };
    sending
        .await
        .with_context(|| format!("no client was disconnected\n{HINT}"))?;
    terminal::tell("sent; the service does not report how many sockets there were");
    Ok(())
}
