//! A chat in one room: everyone hears what anyone says.

use socketio_functions::prelude::*;

/// Everything that the app answers to. `sio stage` derives every function.json from this list.
pub fn app() -> App {
    App::new()
        .hub(
            Hub::new("hub")
                .negotiate("negotiate", by_name)
                .on_connect(admit)
                .on("say", say),
        )
        .get("index", Page::file("public/index.html"))
        .http(
            Route::get("assets").path("assets/{*path}"),
            Files::directory("public"),
        )
}

/// Takes the name that the visitor chose. It is a label and proves nothing: everyone gets the name they ask for.
async fn by_name(request: Request) -> Identity {
    Identity::user(request.query("name").unwrap_or_default().trim())
}

/// What the page sees as `error.data` when the app itself has refused it: there is no point in trying again.
const FINAL: &str = "final";

/// Admits every user with a name.
async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    match user {
        Some(_) => Ok(()),
        None => Err(Refusal::new("Please choose a name.").status(400).data(FINAL)),
    }
}

/// socket.emit("say", text, (ok) => …)
async fn say(socket: Socket, user: UserId, Data(text): Data<String>) -> Ack<bool> {
    socket.broadcast().emit("said", (user, text));
    Ack(true)
}
