use socketio_functions::prelude::*;

#[derive(serde::Serialize)]
struct Message;

socketio_functions::server_event! {
    NewMessage = "new message" (message: Message);
}

fn main() {
    let _ = Hub::new("hub").emits(NewMessage);
}
