//! A chat with a history, and a list of who is online.
//!
//! The service keeps no message and no list of sockets, so both live in a database: PostgreSQL by the setting
//! `HISTORY_DATABASE`, an SQLite file while developing. Every instance of the app uses the same one.

mod messages;
mod presence;
mod store;

use socketio_functions::prelude::*;

pub use store::{DATABASE, Message, Store};

/// Gives everyone the name they ask for: it is a label, not a proof of identity.
async fn by_name(request: Request) -> Identity {
    Identity::user(request.query("name").unwrap_or_default().trim())
}

async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    match user {
        Some(_) => Ok(()),
        None => Err(Refusal::new("Please choose a name.").status(400)),
    }
}

/// Everything that the app answers to. `sio stage` derives every function.json from this list.
pub fn app() -> App {
    App::new()
        .state_with(Store::open)
        .hub(
            Hub::new("history")
                .negotiate("negotiate", by_name)
                .on_connect(admit)
                .on_connected(presence::came)
                .on_disconnected(presence::went)
                .on("here", presence::here)
                .on("who", presence::who)
                .on("say", messages::say)
                .on("since", messages::since),
        )
        .timer("sweep", "*/30 * * * * *", presence::sweep)
        .get("index", Page::file("public/index.html"))
        .http(
            Route::get("assets").path("assets/{*path}"),
            Files::directory("public"),
        )
}
