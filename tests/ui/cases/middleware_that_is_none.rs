use socketio_functions::prelude::*;

async fn audit(call: Call) -> String {
    call.name().to_owned()
}

fn main() {
    let _ = App::new().layer(audit);
}
