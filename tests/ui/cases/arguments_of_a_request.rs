use socketio_functions::prelude::*;

async fn hello(Data(name): Data<String>) -> String {
    name
}

fn main() {
    let _ = App::new().get("hello", hello);
}
