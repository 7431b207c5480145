//! Orders that are booked once in effect, however often an event is delivered.
//!
//! A handler that dies between its effect and its answer leaves the service without an answer, and the platform may
//! deliver the event again, with the same [`EventId`]. So the effect is filed under that id, and a repeated event finds it.
//! Here each order is a file, which stands for a row with a unique key: creating it succeeds once.
//!
//! ```sh
//! ORDERS=/tmp/orders cargo run --example once
//! ```
//!

use std::fs::{File, create_dir_all, read_to_string};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use socketio_functions::prelude::*;
use socketio_functions::settings::Settings;

/// Where orders are kept.
#[derive(Clone)]
struct Orders(PathBuf);

impl Orders {
    /// Books an order, unless its event was booked before. Returns what was booked.
    fn book(&self, event: &str, order: &str) -> std::io::Result<String> {
        let path = self.0.join(event);
        // A name that is there only when the content is whole: a crash leaves either nothing or all of it.
        let draft = self.0.join(format!(".{event}.{}", std::process::id()));
        let mut file = File::create(&draft)?;
        file.write_all(order.as_bytes())?;
        file.sync_all()?;
        let booked = match std::fs::hard_link(&draft, &path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => read_to_string(&path),
            other => other.map(|()| order.to_owned()),
        };
        std::fs::remove_file(&draft)?;
        booked
    }
}

/// socket.emit("order", text, (booked) => …)
async fn order(
    event: EventId,
    socket: Socket,
    State(orders): State<Orders>,
    Data(text): Data<String>,
) -> anyhow::Result<Ack<String>> {
    // Connection and number: no other event has them, and the same event has them again.
    let key = event.as_str().replace('/', "-");
    let booked = orders.book(&key, &text)?;
    // Outputs leave after the handler, so a repeated event may send them again: they carry the order's key.
    socket.emit("booked", (key, &booked));
    // The window in which a crash makes the platform repeat the event.
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(Ack(booked))
}

fn main() -> Result<(), Error> {
    let folder = std::env::var_os("ORDERS").map_or_else(|| PathBuf::from("orders"), PathBuf::from);
    let hub = Hub::new("hub")
        .negotiate("negotiate", Identity::Anonymous)
        .on("order", order);
    App::new()
        .state_with(
            move |_: Settings| async move { create_dir_all(&folder).map(|()| Orders(folder)) },
        )
        .hub(hub)
        .main()
}
