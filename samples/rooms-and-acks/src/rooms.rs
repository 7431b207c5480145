//! Going in and out of rooms.

use socketio_functions::prelude::*;

use crate::contract::{Room, Waved};

/// socket.emit("enter", room, () => …)
///
/// What is put into `io` has reached the service before the acknowledgement leaves. So a page whose callback has run is in
/// the room.
pub(crate) async fn enter(socket: Socket, Data(room): Data<Room>) -> Ack<()> {
    socket.join(room.name());
    Ack(())
}

/// socket.emit("leave", room, () => …)
pub(crate) async fn leave(socket: Socket, Data(room): Data<Room>) -> Ack<()> {
    socket.leave(room.name());
    Ack(())
}

/// socket.emit("wave", room)
pub(crate) async fn wave(socket: Socket, user: UserId, Data(room): Data<Room>) {
    socket.to(room.name()).send::<Waved>((room, user));
}
