//! Joining rooms and leaving them.

use socketio_functions::prelude::*;

use crate::receipt::{Receipt, accepted, now, refused};

/// The longest name of a room, in characters.
const ROOM_LENGTH: usize = 40;

/// socket.emit("join", room, (answer) => …)
pub(crate) async fn join(
    socket: Socket,
    user: UserId,
    Data(room): Data<String>,
) -> Result<Ack<Receipt>, Refusal> {
    let room = checked(&room)?;
    socket.join(room);
    socket.to(room).emit("entered", (room, user));
    Ok(accepted(now()))
}

/// socket.emit("leave", room, (answer) => …)
pub(crate) async fn leave(
    socket: Socket,
    user: UserId,
    Data(room): Data<String>,
) -> Result<Ack<Receipt>, Refusal> {
    let room = checked(&room)?;
    socket.leave(room);
    socket.to(room).emit("exited", (room, user));
    Ok(accepted(now()))
}

/// A room's name without blanks around it, if it is one.
pub(crate) fn checked(room: &str) -> Result<&str, Refusal> {
    let room = room.trim();
    match room.chars().count() {
        0 => Err(refused("A room needs a name.")),
        1..=ROOM_LENGTH => Ok(room),
        _ => Err(refused("This room's name is too long.")),
    }
}
