use socketio_functions::prelude::*;

struct Message;

async fn chat(socket: Socket) {
    socket.broadcast().emit("chat", ("hello", Message));
}

fn main() {
    let _ = Hub::new("hub").on("chat", chat);
}
