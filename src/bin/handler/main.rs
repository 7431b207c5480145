//! The chat of `function-app/`: names, rooms, messages with a delivery tick, "is typing", private messages.
//!
//! One idea a file: who may come in ([`admission`]), rooms ([`rooms`]), messages ([`messages`]). Nothing is kept
//! between two events; the service knows who is where, so any number of instances can run this.

mod admission;
mod messages;
mod receipt;
mod rooms;

use socketio_functions::prelude::*;

/// The app's one hub.
const HUB: &str = "hub";

fn app() -> App {
    App::new()
        .hub(
            Hub::new(HUB)
                .negotiate("negotiate", admission::by_name)
                .on_connect(admission::admit)
                .on_connected(admission::came)
                .on_disconnected(admission::went)
                .on("join", rooms::join)
                .on("leave", rooms::leave)
                .on("message", messages::message)
                .on("whisper", messages::whisper)
                .on("typing", messages::typing),
        )
        .get("index", Page::file("public/index.html"))
        .http(
            Route::get("assets").path("assets/{*path}"),
            Files::directory("public"),
        )
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    app().run().await
}
