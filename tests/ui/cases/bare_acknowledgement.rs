use socketio_functions::prelude::*;

async fn chat(Args((text,)): Args<(String,)>) -> String {
    text
}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
