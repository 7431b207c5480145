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

use std::process::ExitCode;
use std::time::Duration;

use measure::{Figure, median};
use servers::{Mode, Server};

/// Which server a process of ours shall be.
const SERVE: &str = "BENCH_SERVE";

fn main() -> ExitCode {
    match std::env::var(SERVE).as_deref() {
        Ok("handler") => return servers::app().main(),
        Ok("bare-direct") => return servers::bare(Mode::Direct),
        Ok("bare-extension") => return servers::bare(Mode::Extension),
        _ => {}
    }
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, or: u32| {
        let at = arguments.iter().position(|argument| argument == name);
        at.map_or(or, |at| arguments[at + 1].parse().unwrap())
    };
    let length = Duration::from_secs(number("--seconds", 3).into());
    measure::pin(0);
    compare(length, number("--rounds", 3));
    ExitCode::SUCCESS
}

fn compare(length: Duration, rounds: u32) {
    let rows = [
        ("direct: bare hyper", Server::Bare, Mode::Direct),
        ("direct: socketio-functions", Server::Ours, Mode::Direct),
        ("direct: Node http", Server::Node, Mode::Direct),
        ("extension: bare hyper", Server::Bare, Mode::Extension),
        (
            "extension: socketio-functions",
            Server::Ours,
            Mode::Extension,
        ),
    ];
    let mut figures: Vec<Vec<Figure>> = rows.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        for ((name, server, mode), figures) in rows.iter().zip(&mut figures) {
            eprintln!("round {round} of {rounds}: {name}");
            figures.push(measure::run(*server, *mode, length));
        }
    }
    let figures: Vec<Figure> = figures.iter().map(|rounds| median(rounds)).collect();
    println!(
        "| what | CPU per request | requests/s | generator | against bare hyper | against Node |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    for ((name, _, mode), figure) in rows.iter().zip(&figures) {
        let bare = &figures[if *mode == Mode::Direct { 0 } else { 3 }];
        let of_node = match mode {
            Mode::Direct => format!("{:.2} ×", figures[2].cpu / figure.cpu),
            Mode::Extension => String::new(),
        };
        println!(
            "| {name} | {:.2} µs | {:.0} | {:.0} % | {:.2} | {of_node} |",
            figure.cpu * 1e6,
            figure.rate,
            figure.generator * 100.0,
            bare.cpu / figure.cpu,
        );
    }
}
