//! Chat for people who have signed in, with no key anywhere.
//!
//! Three identities, and each proves itself by a token of Microsoft Entra: the user to the platform in front of this app,
//! the app to the service, the service to this app's webhook. Settings say who they are; nothing here does.

mod chat;
mod me;

use socketio_functions::prelude::*;

/// Everything that the app answers to. `sio stage` derives every function.json from this list.
pub fn app() -> App {
    App::new()
        .hub(
            Hub::new("chat")
                // The platform's headers say who asks, and nothing else does: no query, no cookie of ours.
                .negotiate("negotiate", Identity::easy_auth().by_name())
                .on_connect(chat::admit)
                .on_connected(chat::arrived)
                .on_disconnected(chat::left)
                .on("say", chat::say),
        )
        // The service proves who it is by its token, so its URL needs no key.
        .webhook_level(AuthLevel::Anonymous)
        .get("me", me::me)
        .get("index", Page::file("public/index.html"))
        .http(
            Route::get("assets").path("assets/{*path}"),
            Files::directory("public"),
        )
}
