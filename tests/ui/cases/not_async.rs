use socketio_functions::prelude::*;

fn chat(_: Io) {}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
