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

mod everything {
    //! One of each form that serde knows, as it must stand in the declarations.

    use serde::{Deserialize, Serialize};
    use socketio_functions::prelude::*;
    use socketio_functions::{client_event, server_event, typescript};

    typescript! {
        /// A shape, told apart by a tag.
        #[derive(Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "camelCase")]
        enum Shape {
            RoundOne { radius: f64 },
            #[serde(rename = "pic")]
            Picture { data: Bytes, thumbs: Vec<Option<Bytes>> },
        }

        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Meta {
            created_at: u64,
            by_user: UserId,
        }

        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Board {
            board_id: i64,
            #[serde(rename = "type")]
            kind: String,
            #[serde(flatten)]
            meta: Meta,
            note: Option<String>,
            #[serde(skip)]
            #[expect(dead_code, reason = "it stays on this side")]
            secret: u8,
            shapes: Vec<Shape>,
            extra: serde_json::Value,
        }

        #[derive(Serialize, Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Number(u64),
        }

        #[derive(Serialize, Deserialize)]
        struct Name(String);

        #[derive(Serialize, Deserialize)]
        struct Refused {
            reason: String,
        }
    }

    client_event! {
        Nothing = "nothing" ();
        One = "one" (name: Name) -> ();
        Several = "several" (board: Board, either: Either) -> (u64, Option<Shape>);
        Pair = "pair" (point: [f64; 2]) -> bool | Refused;
        List = "list" (items: Vec<u64>) -> Vec<u64>;
        Raw = "raw" (data: Bytes) -> Bytes;
    }

    server_event! {
        Drawn = "drawn" (board: Board, shape: Shape);
        Cleared = "cleared" ();
        Moved = "moved" (point: (f64, f64));
    }

    async fn nothing(_: Data<()>) {}
    async fn one(_: Data<Name>) -> Ack<()> {
        Ack(())
    }
    async fn several(_: Data<(Board, Either)>) -> Ack<(u64, Option<Shape>)> {
        Ack((1, None))
    }
    async fn pair(_: Data<[f64; 2]>) -> Result<Ack<bool>, Refusal> {
        Err(Refusal::of::<Pair>(Refused {
            reason: "no".to_owned(),
        }))
    }
    async fn list(Data(items): Data<Vec<u64>>) -> Ack<Vec<u64>> {
        Ack(items)
    }
    async fn raw(Data(data): Data<Bytes>) -> Ack<Bytes> {
        Ack(data)
    }

    pub(super) fn app() -> App {
        App::new().hub(
            Hub::new("hub")
                .on(Nothing, nothing)
                .on(One, one)
                .on(Several, several)
                .on(Pair, pair)
                .on(List, list)
                .on(Raw, raw)
                .emits(Drawn)
                .emits(Cleared)
                .emits(Moved),
        )
    }
}

/// `tests/e2e/contract_types.test.mjs` has the TypeScript compiler read the file, and uses it as a page would.
#[test]
fn the_declarations_follow_serde() {
    let declared = everything::app().typescript().unwrap();
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/contract/contract.d.ts"
    );
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, &declared).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap();
    assert_eq!(committed, declared, "UPDATE=1 writes {file}");
}
