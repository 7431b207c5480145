use socketio_functions::prelude::*;

async fn admit() -> Ack<bool> {
    Ack(true)
}

fn main() {
    let _ = Hub::new("hub").on_connect(admit);
}
