use socketio_functions::prelude::*;

struct Message;

async fn chat(Data(_): Data<Message>) {}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
