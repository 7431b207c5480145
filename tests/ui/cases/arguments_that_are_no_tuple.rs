use socketio_functions::prelude::*;

async fn chat(Args(_): Args<String>) {}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
