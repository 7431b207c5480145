//! An event of the contract is refused that has no refusal in it.

use socketio_functions::client_event;
use socketio_functions::prelude::*;

client_event! {
    Join = "join" (room: String) -> bool;
}

async fn join(Data(room): Data<String>) -> Result<Ack<bool>, Refusal> {
    if room.is_empty() {
        return Err(Refusal::of::<Join>("a room needs a name"));
    }
    Ok(Ack(true))
}

fn main() {
    let _ = Hub::new("hub").on(Join, join);
}
