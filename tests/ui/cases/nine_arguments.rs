use socketio_functions::prelude::*;

async fn chat(_: Io, _: Io, _: Io, _: Io, _: Io, _: Io, _: Io, _: Io, _: Io) {}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
