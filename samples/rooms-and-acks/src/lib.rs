//! A house with three rooms, in which guests show each other pictures, and a keeper who can close rooms and show guests out.
//!
//! Guests are in the namespace `/`; the keeper's desk is the namespace `/keeper`. Who is in which room is known to the
//! service alone: a handler says "put this socket into that room", and nothing is remembered here.

pub mod contract;
mod desk;
mod door;
mod pictures;
mod rooms;

use contract::{
    Close, Closed, Enter, Gone, Here, Leave, Present, RollCall, SendHome, Show, ShowOut, Shown,
    Wave, Waved,
};
use socketio_functions::prelude::*;

/// The namespace of the keeper's desk.
const DESK: &str = "/keeper";

/// Everything that the app answers to. `sio stage` derives every function.json from this list, and `sio types` the
/// contract in TypeScript.
pub fn app() -> App {
    App::new()
        .state_with(door::keepers_word)
        .hub(
            Hub::new("house")
                .negotiate("negotiate", door::token)
                .on_connect(door::admit)
                .on_disconnected(desk::gone)
                .on(Enter, rooms::enter)
                .on(Leave, rooms::leave)
                .on(Wave, rooms::wave)
                .on(Here, desk::here)
                .on(Show, pictures::show)
                .emits(Shown)
                .emits(Waved)
                .emits(Closed)
                .emits(RollCall)
                .namespace(DESK, |desk| {
                    desk.on_connect(door::admit_keeper)
                        .on_connected(desk::opened)
                        .on(Close, desk::close)
                        .on(SendHome, desk::send_home)
                        .on(ShowOut, desk::show_out)
                        .emits(Present)
                        .emits(Gone)
                }),
        )
        .get("index", Page::file("public/index.html"))
        .http(
            Route::get("assets").path("assets/{*path}"),
            Files::directory("public"),
        )
}
