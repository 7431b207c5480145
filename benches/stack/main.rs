//! How long one client waits for an acknowledgement, through emulator, host and handler and back: in a loop, one event
//! after the other. How to run it: `benches/README.md`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints a table, and stops when anything is wrong"
)]

use std::time::{Duration, Instant};

use serde_json::json;
use socketio_functions::prelude::*;
use socketio_functions::testing::World;

/// What goes by before it counts: connections that open, pages of memory that are touched for the first time.
const WARM_UP: usize = 200;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == "--events");
    let events: usize = at.map_or(5000, |at| arguments[at + 1].parse().unwrap());
    println!("| event to acknowledgement | p50 | p90 | p99 | most |");
    println!("|---|---:|---:|---:|---:|");
    for (name, sends) in [("acknowledged", false), ("sent to a room first", true)] {
        let mut times = waits(sends, events).await;
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        println!(
            "| {name} | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms |",
            at(50),
            at(90),
            at(99),
            at(100)
        );
    }
}

async fn waits(sends: bool, events: usize) -> Vec<Duration> {
    let chat = move |Data(text): Data<String>, io: Io| async move {
        if sends {
            io.to("elsewhere").emit("message", &text);
        }
        Ack(text.len())
    };
    let app = App::new().hub(Hub::new("hub").on("chat", chat));
    let world = World::start(app).await.unwrap();
    let mut ada = world.connect("ada").await.unwrap();
    let mut times = Vec::with_capacity(events);
    for event in 0..WARM_UP + events {
        let began = Instant::now();
        let ack = ada.emit_with_ack("chat", "hello, how are you?").await;
        let time = began.elapsed();
        assert_eq!(ack.unwrap().arguments, json!([19]));
        if event >= WARM_UP {
            times.push(time);
        }
    }
    world.stop().await;
    times
}
