//! Four handler processes behind a balancer serve a thousand clients, and none of them knows of the others.
//!
//! ```text
//!  1,000 clients ── WebSocket ──▶ emulator ── webhook ──▶ balancer ──▶ 4 handler processes
//!                                     ▲                  (in turn)           │
//!                                     └────────────── REST ──────────────────┘
//! ```
//!
//! Every client is negotiated, admitted and acknowledged by whichever process comes next, and hears each broadcast once
//! and in order. The processes are this program, started again. `cargo test --test scale` prints who did how much.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that is a program: it says what it saw, and stops when anything is wrong"
)]

mod client;
mod instances;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use sio_emulator::Emulator;
use socketio_functions::prelude::*;

use client::Client;
use instances::Instances;

/// Environment variable that makes this program run as a handler.
const SERVE: &str = "SCALE_SERVE";

const INSTANCES: usize = 4;
const CLIENTS: usize = 1000;
const BROADCASTS: usize = 5;

/// How many clients do something at the same time, so that a small machine is not the limit.
const AT_A_TIME: usize = 100;

/// On a quiet machine all of it takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(90);

/// The app whose instances share the clients.
fn app() -> App {
    App::new().hub(
        Hub::new("crowd")
            .negotiate("negotiate", Identity::query("user"))
            .on_connect(admit)
            .on("hello", hello)
            .on("shout", shout),
    )
}

async fn admit(user: Option<UserId>) -> Result<(), Refusal> {
    match user {
        Some(_) => Ok(()),
        None => Err(Refusal::new("who?").status(401)),
    }
}

/// Sends back which process answers, and for which client.
async fn hello(user: UserId, Data(number): Data<usize>) -> Ack<(u32, UserId, usize)> {
    Ack((std::process::id(), user, number))
}

async fn shout(Data(number): Data<usize>, io: Io) -> Ack<u32> {
    io.emit("shouted", number);
    Ack(std::process::id())
}

fn main() -> ExitCode {
    if std::env::var_os(SERVE).is_some() {
        return match app().main() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    instances::allow_open_files(4 * CLIENTS as u64);
    let begun = Instant::now();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let share = runtime
        .block_on(async { tokio::time::timeout(PATIENCE, serve_a_crowd()).await })
        .unwrap_or_else(|_| panic!("not done after {PATIENCE:?}"));
    println!("acknowledgements by process: {share:?}");
    // `tests/run` counts lines in libtest's format.
    println!(
        "test result: ok. 1 passed; 0 failed; {CLIENTS} clients, {INSTANCES} instances, finished in {:.1?}",
        begun.elapsed()
    );
    ExitCode::SUCCESS
}

/// Returns how many events each process has acknowledged.
async fn serve_a_crowd() -> BTreeMap<u32, usize> {
    let mut instances = Instances::balanced().await;
    let emulator = Emulator::builder().upstream(format!("{}/api/socketio", instances.url()));
    let emulator = emulator.start().await.unwrap();
    let processes = instances
        .start(INSTANCES, &emulator.connection_string())
        .await;

    let app = instances.url();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let coming = (0..CLIENTS).map(|number| Client::connect(&http, &app, number));
    let mut clients: Vec<Client> = stream::iter(coming)
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;

    let mut share = BTreeMap::new();
    greet(&mut clients, 1, &mut share).await;
    for (number, client) in clients.iter_mut().take(BROADCASTS).enumerate() {
        let answer = client.call("shout", &json!([number])).await;
        *share.entry(process(&answer[0])).or_default() += 1;
    }
    // This acknowledgement comes after whatever was sent to the client before.
    greet(&mut clients, 2, &mut share).await;

    for client in &clients {
        let expected: Vec<_> = (0..BROADCASTS).map(|number| json!([number])).collect();
        assert_eq!(client.heard("shouted"), expected, "{}", client.user);
    }
    let answered: BTreeSet<u32> = share.keys().copied().collect();
    assert_eq!(
        answered, processes,
        "the processes, and they alone, have shares"
    );
    let least = share.values().min().unwrap();
    assert!(
        least * INSTANCES * 2 > 2 * CLIENTS + BROADCASTS,
        "one process has less than half of its share: {share:?}"
    );

    drop(clients);
    emulator.stop().await;
    share
}

/// Lets every client say hello and checks that the answer is its own.
async fn greet(clients: &mut [Client], round: usize, share: &mut BTreeMap<u32, usize>) {
    let greeting = clients.iter_mut().map(|client| async move {
        let number = client.number * round;
        let answer = client.call("hello", &json!([number])).await;
        assert_eq!(answer[1], client.user);
        assert_eq!(answer[2], number);
        process(&answer[0])
    });
    let answered: Vec<u32> = stream::iter(greeting)
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;
    for id in answered {
        *share.entry(id).or_default() += 1;
    }
}

fn process(id: &serde_json::Value) -> u32 {
    id.as_u64().unwrap().try_into().unwrap()
}
