//! A timer publishes, and every page hears it.

use std::time::{SystemTime, UNIX_EPOCH};

use socketio_functions::prelude::*;

/// Everything that the app answers to. `sio stage` derives every function.json from this list.
pub fn app() -> App {
    App::new()
        .hub(Hub::new("hub").negotiate("negotiate", Identity::Anonymous))
        .timer("tick", "* * * * * *", tick)
        .get("index", Page::file("public/index.html"))
        .http(
            Route::get("assets").path("assets/{*path}"),
            Files::directory("public"),
        )
}

/// Runs every second, on one instance.
async fn tick(io: Io) {
    io.emit("tick", now());
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
