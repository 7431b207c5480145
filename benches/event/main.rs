//! What one event costs: our handler beside a bare server and beside Node. How to run it: `benches/README.md`.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints a table, and stops when anything is wrong"
)]

mod generator;
mod measure;
mod servers;
mod service;
mod work;

use std::process::ExitCode;
use std::time::Duration;

use measure::{Figure, best};
use servers::{Mode, Server};

/// Which server a child process runs.
const SERVE: &str = "BENCH_SERVE";

const USAGE: &str = "[--seconds N] [--rounds N] [--only START] [--awake]";

/// What the command line asks for.
struct Plan {
    length: Duration,
    rounds: u32,
    only: String,
    awake: bool,
}

impl Plan {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut plan = Self {
            length: Duration::from_secs(3),
            rounds: 3,
            only: String::new(),
            awake: false,
        };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{name} needs a value"));
            let number = |text: String| match text.parse() {
                Ok(0) | Err(_) => Err(format!("{name} is {text:?}, expected a number from 1 on")),
                Ok(number) => Ok(number),
            };
            match name.as_str() {
                "--seconds" => plan.length = Duration::from_secs(number(value()?)?.into()),
                "--rounds" => plan.rounds = number(value()?)?,
                "--only" => plan.only = value()?,
                "--awake" => plan.awake = true,
                // Cargo adds it.
                "--bench" => {}
                _ => return Err(format!("unknown argument {name:?}")),
            }
        }
        Ok(plan)
    }
}

type Row = (&'static str, Server, Mode);

const ROWS: [Row; 8] = [
    ("direct: bare hyper", Server::Bare, Mode::Direct),
    ("direct: socketio-functions", Server::Ours, Mode::Direct),
    (
        "direct: the same with 1,000 more events and namespaces",
        Server::Large,
        Mode::Direct,
    ),
    ("direct: Node http", Server::Node, Mode::Direct),
    ("extension: bare hyper", Server::Bare, Mode::Extension),
    (
        "extension: socketio-functions",
        Server::Ours,
        Mode::Extension,
    ),
    ("REST: socketio-functions", Server::Ours, Mode::Rest),
    ("REST: Node @azure/web-pubsub", Server::Node, Mode::Rest),
];

/// The rows whose names start like this, with those that they are compared with.
fn rows(only: &str) -> Result<Vec<Row>, String> {
    let starts = |row: &&Row| row.0.starts_with(only);
    let modes: Vec<Mode> = ROWS.iter().filter(starts).map(|row| row.2).collect();
    let is_baseline = |row: &Row| matches!(row.1, Server::Bare | Server::Node);
    let chosen = ROWS.into_iter();
    let chosen: Vec<Row> = chosen
        .filter(|row| starts(&row) || is_baseline(row) && modes.contains(&row.2))
        .collect();
    match chosen.is_empty() {
        true => Err(format!("no row starts with {only:?}")),
        false => Ok(chosen),
    }
}

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(SERVE) {
        return servers::serve(&name);
    }
    let plan = Plan::read(std::env::args().skip(1));
    let rows = plan.and_then(|plan| Ok((rows(&plan.only)?, plan)));
    match rows {
        Ok((rows, plan)) => {
            measure::pin(0);
            compare(&rows, &plan);
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}\nusage: cargo bench --bench event -- {USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Measures the rows and prints the table.
fn compare(rows: &[Row], plan: &Plan) {
    let rounds = plan.rounds;
    let mut figures: Vec<Vec<Figure>> = rows.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        for ((name, server, mode), figures) in rows.iter().zip(&mut figures) {
            eprintln!("round {round} of {rounds}: {name}");
            figures.push(measure::run(*server, *mode, plan.length, plan.awake));
        }
    }
    let figures: Vec<Figure> = figures.iter().map(|rounds| best(rounds)).collect();
    println!(
        "| what | CPU per request | requests/s | generator | against bare hyper | against Node |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    for ((name, _, mode), figure) in rows.iter().zip(&figures) {
        let cost_of = |wanted: Server| {
            let mut all = rows.iter().zip(&figures);
            let found = all.find(|((_, server, its), _)| *server == wanted && its == mode);
            found.map(|(_, other)| other.cpu / figure.cpu)
        };
        let of_bare = cost_of(Server::Bare).map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let of_node = cost_of(Server::Node).map_or(String::new(), |ratio| format!("{ratio:.2} ×"));
        println!(
            "| {name} | {:.2} µs | {:.0} | {:.0} % | {of_bare} | {of_node} |",
            figure.cpu * 1e6,
            figure.rate,
            figure.generator * 100.0,
        );
    }
}
