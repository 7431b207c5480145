//! Handlers of a typed contract behave as those of plain events do.

use socketio_functions::prelude::*;
use socketio_functions::{client_event, server_event};

use crate::support::{Event, Running};

client_event! {
    Add = "add" (a: i64, b: i64) -> i64;
    Shout = "shout" (text: String);
}

server_event! {
    Sum = "sum" (value: i64);
}

async fn add(Data((a, b)): Data<(i64, i64)>, io: Io) -> anyhow::Result<Ack<i64>> {
    if a < 0 {
        return Err(Refusal::new("negative").into());
    }
    io.send::<Sum>(a + b);
    Ok(Ack(a + b))
}

async fn shout(socket: Socket, Data(text): Data<String>) {
    socket.broadcast().emit("shout", text.to_uppercase());
}

#[tokio::test]
async fn a_typed_event_is_an_event() {
    let hub = Hub::new("hub").on(Add, add).on(Shout, shout).emits(Sum);
    let app = Running::start(App::new().hub(hub)).await;
    let answer = app.event(&Event::user("add", r#"421["add",2,3]"#)).await;
    assert_eq!(answer.parts(), (200, "431[5]"));
    let answer = app.event(&Event::user("add", r#"421["add",-1,3]"#)).await;
    assert_eq!(answer.parts(), (200, r#"431["negative"]"#));
    let answer = app.event(&Event::user("add", r#"421["add","2",3]"#)).await;
    assert_eq!(answer.parts(), (200, ""));
    let answer = app
        .event(&Event::user("shout", r#"42["shout","hi"]"#))
        .await;
    assert_eq!(answer.parts(), (200, ""));
    let bodies: Vec<String> = app.service.calls().into_iter().map(|c| c.body).collect();
    assert_eq!(bodies, [r#"42["sum",5]"#, r#"42["shout","HI"]"#]);
}
