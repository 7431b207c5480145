//! Drawing together: many small events, passed on to everybody else and forgotten.
//!
//! Nothing is kept. What is on a board is on the pages that were open while it was drawn; latecomers start with an
//! empty one.

mod board;
mod guest;

use socketio_functions::prelude::*;

/// Everything that the app answers to. `sio stage` derives every function.json from this list.
pub fn app() -> App {
    App::new()
        .hub(
            Hub::new("whiteboard")
                .negotiate("negotiate", guest::by_label)
                .on("draw", board::draw)
                .on("clear", board::clear),
        )
        .get("index", Page::file("public/index.html"))
        .http(
            Route::get("assets").path("assets/{*path}"),
            Files::directory("public"),
        )
}
