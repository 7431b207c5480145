use socketio_functions::prelude::*;

socketio_functions::client_event! {
    Chat = "chat" (room: String, text: String) -> bool;
}

async fn chat(_: Data<(String, u32)>) -> Ack<bool> {
    Ack(true)
}

fn main() {
    let _ = Hub::new("hub").on(Chat, chat);
}
