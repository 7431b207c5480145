//! The handler under load: it lets clients into their rooms, passes messages on, and counts every run.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use socketio_functions::prelude::*;

static CONNECTED: AtomicU64 = AtomicU64::new(0);
static DISCONNECTED: AtomicU64 = AtomicU64::new(0);
static EVENTS: AtomicU64 = AtomicU64::new(0);

/// What has run in the handler, and which process that is.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Runs {
    pub(crate) process: u32,
    pub(crate) connected: u64,
    pub(crate) disconnected: u64,
    pub(crate) events: u64,
}

pub(crate) fn app() -> App {
    let hub = Hub::new("soak")
        .negotiate("negotiate", Identity::query("user"))
        .on_connect(admit)
        .on_connected(async || count(&CONNECTED))
        .on_disconnected(async || count(&DISCONNECTED))
        .on("enter", enter)
        .on("say", say)
        .on("echo", echo);
    App::new().hub(hub).get("runs", runs)
}

fn count(what: &AtomicU64) {
    what.fetch_add(1, Ordering::Relaxed);
}

async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    match user {
        Some(_) => Ok(()),
        None => Err(Refusal::new("who?").status(401)),
    }
}

/// The acknowledgement comes when the client is in its rooms.
async fn enter(socket: Socket, Data(rooms): Data<Vec<String>>) -> Ack<()> {
    count(&EVENTS);
    for room in &rooms {
        socket.join(room.as_str());
    }
    Ack(())
}

/// The acknowledgement comes when the service has the message.
async fn say(
    Data((room, number, sent, text)): Data<(String, u64, u64, String)>,
    io: Io,
) -> Ack<u64> {
    count(&EVENTS);
    io.to(room.as_str())
        .emit("said", (&room, number, sent, text));
    Ack(number)
}

async fn echo(Data((number, _)): Data<(u64, String)>) -> Ack<u64> {
    count(&EVENTS);
    Ack(number)
}

async fn runs() -> Json<Runs> {
    let read = |what: &AtomicU64| what.load(Ordering::Relaxed);
    Json(Runs {
        process: std::process::id(),
        connected: read(&CONNECTED),
        disconnected: read(&DISCONNECTED),
        events: read(&EVENTS),
    })
}
