//! An app with one event, to begin with.

use socketio_functions::prelude::*;

/// Everything that the app answers to. `sio stage` derives every function.json from this list.
pub fn app() -> App {
    App::new().hub(
        Hub::new("hub")
            .negotiate("negotiate", Identity::Anonymous)
            .on("ping", ping),
    )
}

/// socket.emit("ping", (answer) => …)
async fn ping() -> Ack<&'static str> {
    Ack("pong")
}
