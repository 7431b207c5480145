//! What the service emulator costs: memory of idle clients, CPU of deliveries, and how that grows with connections and
//! rooms that have no part in it. How to run it: `benches/emulator/README.md`.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints tables, and stops when anything is wrong"
)]

mod crowd;
mod measure;
mod server;

use std::time::Duration;

use crowd::Crowd;
use measure::{Burst, Deliveries};
use server::Server;

/// Set for a child process that runs the emulator.
const SERVE: &str = "BENCH_SERVE";

/// Clients that a delivery of the growth tables goes to.
const ACTIVE: usize = 100;

struct Options {
    idle: usize,
    rounds: usize,
    /// Where Node finds `socket.io`, to be measured too.
    node: Option<String>,
}

#[tokio::main]
async fn main() {
    if std::env::var_os(SERVE).is_some() {
        server::serve().await;
        return;
    }
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let number = |name: &str, or: usize| value(name).map_or(or, |text| text.parse().unwrap());
    let options = Options {
        idle: number("--idle", 10_000),
        rounds: number("--rounds", 5),
        node: value("--node"),
    };
    measure::pin(0);
    let only = value("--only");
    let wanted = |table: &str| only.as_deref().is_none_or(|only| only == table);
    if wanted("memory") {
        memory(&options).await;
    }
    if wanted("fan-out") {
        fan_out(&options).await;
    }
    if wanted("growth") {
        growth(&options).await;
    }
}

/// Memory of clients that do nothing.
async fn memory(options: &Options) {
    let server = Server::emulator();
    let before = server.memory();
    let crowd = Crowd::join(&server, options.idle, |_| Vec::new()).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = server.memory();
    drop(crowd);
    println!("| idle clients | memory | without them | each |");
    println!("|---:|---:|---:|---:|");
    println!(
        "| {} | {after:.0} MiB | {before:.1} MiB | {:.1} KiB |\n",
        options.idle,
        (after - before) * 1024.0 / measure::float(options.idle)
    );
}

/// What one line of a table is about, and the round that cost its server least: whatever else the machine does can only
/// add.
struct Row<'a> {
    what: String,
    deliveries: Deliveries<'a>,
    burst: Option<Burst>,
    /// Seconds of CPU of a delivery that nothing else is put together with.
    single: f64,
}

impl<'a> Row<'a> {
    fn new(what: impl Into<String>, deliveries: Deliveries<'a>) -> Self {
        Self {
            what: what.into(),
            deliveries,
            burst: None,
            single: f64::INFINITY,
        }
    }

    async fn burst(&mut self, count: usize) {
        let burst = self.deliveries.burst(count).await;
        if self.burst.as_ref().is_none_or(|best| burst.cpu < best.cpu) {
            self.burst = Some(burst);
        }
    }

    async fn one_by_one(&mut self, count: usize) {
        self.single = self.single.min(self.deliveries.one_by_one(count).await);
    }
}

/// A broadcast to a thousand clients, of the emulator and of Node's `socket.io`.
async fn fan_out(options: &Options) {
    let mut servers = vec![("emulator", Server::emulator())];
    if let Some(modules) = &options.node {
        servers.push(("Node socket.io", Server::node(modules)));
    }
    let mut rows = Vec::new();
    for (name, server) in &servers {
        let crowd = Crowd::join(server, 1000, |_| Vec::new()).await;
        let deliveries = Deliveries::new(server, crowd, "/:send", 2000);
        rows.push(Row::new(*name, deliveries));
    }
    for round in 1..=options.rounds {
        for row in &mut rows {
            eprintln!("fan-out, round {round} of {}: {}", options.rounds, row.what);
            row.burst(200).await;
            row.one_by_one(30).await;
        }
    }
    println!(
        "| 2 KB to 1,000 clients | per CPU second | per second | one by one, per CPU second | last client p50 | p99 |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    for row in &mut rows {
        let (p50, p99) = row.deliveries.latency(60).await;
        let burst = row.burst.as_ref().unwrap();
        println!(
            "| {} | {:.0} | {:.0} | {:.0} | {p50:.1?} | {p99:.1?} |",
            row.what,
            1.0 / burst.cpu,
            burst.rate,
            1.0 / row.single
        );
    }
    println!();
}

/// Deliveries to a hundred clients beside few and beside many that they do not concern.
async fn growth(options: &Options) {
    let few = options.idle / 100;
    let plans = [
        (format!("{few} idle connections"), few, 0),
        (
            format!("{} idle connections", options.idle),
            options.idle,
            0,
        ),
        ("100 rooms".to_owned(), 0, 1),
        ("10000 rooms".to_owned(), 0, 100),
    ];
    let servers: Vec<Server> = plans.iter().map(|_| Server::emulator()).collect();
    let (mut rows, mut beside) = (Vec::new(), Vec::new());
    for ((what, idle, rooms), server) in plans.into_iter().zip(&servers) {
        beside.push(Crowd::join(server, idle, |_| Vec::new()).await);
        let crowd = Crowd::join(server, ACTIVE, |client| {
            let rooms = (0..rooms).map(|room| format!("room{client}x{room}"));
            std::iter::once("active".to_owned()).chain(rooms).collect()
        });
        let deliveries = Deliveries::new(server, crowd.await, "/groups/active/:send", 100);
        rows.push(Row::new(what, deliveries));
    }
    for round in 1..=options.rounds {
        for row in &mut rows {
            eprintln!("growth, round {round} of {}: {}", options.rounds, row.what);
            row.one_by_one(500).await;
        }
    }
    println!("| 100 B to 100 clients, beside | CPU per delivery | growth |");
    println!("|---|---:|---:|");
    for pair in rows.chunks(2) {
        for row in pair {
            let growth = row.single / pair[0].single;
            println!(
                "| {} | {:.2} µs | {growth:.2} × |",
                row.what,
                row.single * 1e6
            );
        }
    }
}
