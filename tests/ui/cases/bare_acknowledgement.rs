use socketio_functions::prelude::*;

async fn chat(Data(text): Data<String>) -> String {
    text
}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
