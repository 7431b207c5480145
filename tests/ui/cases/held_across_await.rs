//! The compiler names the value that cannot be sent to another thread.

use std::rc::Rc;

use socketio_functions::prelude::*;

async fn chat(Data(text): Data<String>) {
    let shared = Rc::new(text);
    std::future::ready(()).await;
    println!("{shared}");
}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
