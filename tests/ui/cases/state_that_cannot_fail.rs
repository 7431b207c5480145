use socketio_functions::prelude::*;

async fn names() -> Vec<String> {
    Vec::new()
}

fn main() {
    let _ = App::new().state_with(names);
}
