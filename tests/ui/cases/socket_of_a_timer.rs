use socketio_functions::prelude::*;

async fn tick(_: Io, _: Socket) {}

fn main() {
    let _ = App::new().timer("tick", "* * * * * *", tick);
}
