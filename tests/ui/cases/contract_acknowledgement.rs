use socketio_functions::prelude::*;

socketio_functions::client_event! {
    Chat = "chat" (room: String, text: String) -> bool;
}

async fn chat(_: Data<(String, String)>) -> Ack<u32> {
    Ack(7)
}

fn main() {
    let _ = Hub::new("hub").on(Chat, chat);
}
