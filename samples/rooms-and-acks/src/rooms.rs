//! Going in and out of rooms.

use socketio_functions::prelude::*;

use crate::contract::{Room, Waved};

/// socket.emit("enter", room, () => …)
///
/// What is put into `io` has reached the service before the acknowledgement leaves. So a page whose callback has run is in
/// the room.
pub(crate) async fn enter(socket: Socket, Args((room,)): Args<(Room,)>, io: Io) -> Ack<()> {
    io.join(&socket, room.name());
    Ack(())
}

/// socket.emit("leave", room, () => …)
pub(crate) async fn leave(socket: Socket, Args((room,)): Args<(Room,)>, io: Io) -> Ack<()> {
    io.leave(&socket, room.name());
    Ack(())
}

/// socket.emit("wave", room)
pub(crate) async fn wave(socket: Socket, user: UserId, Args((room,)): Args<(Room,)>, io: Io) {
    io.to(room.name())
        .except(&socket)
        .send::<Waved>((room, user));
}
