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

fn main() -> ExitCode {
    match std::env::var(SERVE).as_deref() {
        Ok("handler") => return servers::handler(0),
        Ok("large-handler") => return servers::handler(1000),
        Ok("bare-direct") => return servers::bare(Mode::Direct),
        Ok("bare-extension") => return servers::bare(Mode::Extension),
        _ => {}
    }
    let arguments: Vec<String> = std::env::args().collect();
    let text = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.map(|at| arguments[at + 1].clone())
    };
    let number = |name: &str, or: u32| text(name).map_or(or, |text| text.parse().unwrap());
    let length = Duration::from_secs(number("--seconds", 3).into());
    let only = text("--only").unwrap_or_default();
    measure::pin(0);
    let awake = arguments.iter().any(|argument| argument == "--awake");
    compare(length, number("--rounds", 3), &only, awake);
    ExitCode::SUCCESS
}

/// Runs the servers whose names begin like this, and prints what they cost.
fn compare(length: Duration, rounds: u32, only: &str, awake: bool) {
    let rows = [
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
    let rows: Vec<_> = rows.iter().filter(|row| row.0.starts_with(only)).collect();
    let mut figures: Vec<Vec<Figure>> = rows.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        for ((name, server, mode), figures) in rows.iter().zip(&mut figures) {
            eprintln!("round {round} of {rounds}: {name}");
            figures.push(measure::run(*server, *mode, length, awake));
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
