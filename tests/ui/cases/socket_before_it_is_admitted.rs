use socketio_functions::prelude::*;

async fn admit(socket: Socket) {
    socket.join("lobby");
}

fn main() {
    let _ = Hub::new("hub").on_connect(admit);
}
