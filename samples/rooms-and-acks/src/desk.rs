//! The keeper's desk: who is here, closing rooms, showing guests out.
//!
//! Handlers of one namespace may send to another: `io.namespace(…)`.

use socketio_functions::extract::SocketId;
use socketio_functions::prelude::*;

use crate::DESK;
use crate::contract::{Closed, Gone, Guest, Present, RollCall, Room};

/// When a desk has opened: asks everybody where they are.
///
/// A Socket.IO server would ask with an acknowledgement and count the answers. Here nobody waits for one: this function has
/// long returned when a page answers, and the service calls functions for events only. So the question is an event, and
/// each answer is an event of its own: `here`.
pub(crate) async fn opened(io: Io) {
    io.namespace("/").send::<RollCall>(());
}

/// socket.emit("here", rooms)
///
/// Who it is comes from the token and from the service; only the rooms are the page's own word.
pub(crate) async fn here(socket: Socket, name: UserId, Data(rooms): Data<Vec<Room>>, io: Io) {
    let guest = Guest {
        socket: socket.id().clone(),
        name,
        rooms: Room::ALL
            .into_iter()
            .filter(|room| rooms.contains(room))
            .collect(),
    };
    io.namespace(DESK).send::<Present>(guest);
}

/// When a guest has gone, for whatever reason.
pub(crate) async fn gone(socket: Socket, io: Io) {
    io.namespace(DESK).send::<Gone>(socket.id().clone());
}

/// desk.emit("close", room, () => …)
///
/// Actions leave in the order of the calls: first everybody in the room is told, then everybody is taken out of it.
pub(crate) async fn close(Data(room): Data<Room>, io: Io) -> Ack<()> {
    let house = io.namespace("/");
    house.to(room.name()).send::<Closed>(room);
    house.to(room.name()).leave(room.name());
    Ack(())
}

/// desk.emit("send home", room, () => …)
///
/// Their pages are told that the server disconnected them, and do not come back by themselves.
pub(crate) async fn send_home(Data(room): Data<Room>, io: Io) -> Ack<()> {
    io.namespace("/").to(room.name()).disconnect();
    Ack(())
}

/// desk.emit("show out", guest, () => …)
///
/// Nothing here remembers who was shown out: a guest who asks for a token again may come back.
pub(crate) async fn show_out(Data(guest): Data<SocketId>, io: Io) -> Ack<()> {
    io.namespace("/").socket(&guest).disconnect();
    Ack(())
}
