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
    /// All sockets in this room; several rooms: in any of them.
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

/// Joins once.
pub(crate) async fn join(args: RoomArgs) -> anyhow::Result<()> {
    let client = args.place.client()?;
    client
        .socket(args.socket)
        .join(args.room)
        .await
        .with_context(|| format!("the socket was not moved\n{HINT}"))?;
    terminal::tell("done; the service does not tell whether there is such a socket");
    Ok(())
}

/// Leaves once.
pub(crate) async fn leave(args: RoomArgs) -> anyhow::Result<()> {
    let client = args.place.client()?;
    client
        .socket(args.socket)
        .leave(args.room)
        .await
        .with_context(|| format!("the socket was not moved\n{HINT}"))?;
    terminal::tell("done; the service does not tell whether there is such a socket");
    Ok(())
}

/// Disconnects once.
pub(crate) async fn disconnect(args: DisconnectArgs) -> anyhow::Result<()> {
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
    terminal::tell("done; the service does not tell how many there were");
    Ok(())
}
