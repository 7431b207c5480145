use socketio_functions::prelude::*;

async fn chat(Data(text): Data<String>) -> Result<Ack<usize>, String> {
    match text.len() {
        0 => Err("empty".to_owned()),
        length => Ok(Ack(length)),
    }
}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
