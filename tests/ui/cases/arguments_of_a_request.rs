use socketio_functions::prelude::*;

async fn hello(Args((name,)): Args<(String,)>) -> String {
    name
}

fn main() {
    let _ = App::new().get("hello", hello);
}
