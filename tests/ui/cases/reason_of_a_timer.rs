use socketio_functions::prelude::*;

async fn tick(Reason(_): Reason) {}

fn main() {
    let _ = App::new().timer("tick", "* * * * * *", tick);
}
