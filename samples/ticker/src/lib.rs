//! A price that everybody sees change: a timer publishes, clients only listen.
//!
//! The price is a function of the clock ([`price`]), so whichever instance runs the timer tells the same story, and one
//! that has just started can tell the past as well.

pub mod price;

use std::time::{SystemTime, UNIX_EPOCH};

use price::Quote;
use socketio_functions::prelude::*;

/// How many seconds the page's chart shows.
const HISTORY: i64 = 120;

/// Everything that the app answers to. `sio stage` derives every function.json from this list.
pub fn app() -> App {
    App::new()
        .hub(Hub::new("ticker").negotiate("negotiate", Identity::Anonymous))
        .timer("tick", "* * * * * *", tick)
        .get("history", history)
        .get("index", Page::file("public/index.html"))
        .http(
            Route::get("assets").path("assets/{*path}"),
            Files::directory("public"),
        )
}

/// Tells everybody the price. A run that comes late tells the price of its own moment, not of the one it missed.
async fn tick(io: Io) {
    io.emit("price", Quote::at(now()));
}

/// The last two minutes, for a page that opens or comes back. They are computed, not remembered.
async fn history() -> Json<Vec<Quote>> {
    let now = now();
    Json((now - HISTORY + 1..=now).map(Quote::at).collect())
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
