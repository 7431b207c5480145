//! A whole app: rooms, messages with acknowledgements, refusals, and a page.
//!
//! It is the handler that a Functions host starts. `tests/runtime/listing.rs` and `tests/e2e/listing.test.mjs` chat
//! through it.

use socketio_functions::prelude::*;

async fn name(request: Request) -> Identity {
    Identity::user(request.query("name").unwrap_or_default())
}

async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    user.map(drop).ok_or(Refusal::new("Please choose a name."))
}

/// socket.emit("join", room, (ok) => …)
async fn join(socket: Socket, user: UserId, Data(room): Data<Room>) -> Ack<bool> {
    socket.join(&room);
    socket.to(&room).emit("entered", (&room, user));
    Ack(true)
}

/// socket.emit("message", room, text, (ok, why) => …)
async fn message(
    socket: Socket,
    user: UserId,
    Data((room, text)): Data<(Room, String)>,
) -> Result<Ack<bool>, Refusal> {
    if text.is_empty() {
        return Err(Refusal::new((false, "The message is empty.")));
    }
    socket.to(&room).emit("message", (user, text));
    Ok(Ack(true))
}

pub(crate) fn app() -> App {
    App::new()
        .hub(
            Hub::new("hub")
                .negotiate("negotiate", name)
                .on_connect(admit)
                .on("join", join)
                .on("message", message),
        )
        .get("index", Page::file("public/index.html"))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    app().run().await
}
