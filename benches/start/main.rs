//! How long a handler takes from `exec` to its first answer, and how much memory it has then: the chat of this repository
//! beside a custom handler on Node. How to run it: `benches/README.md`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints a table, and stops when anything is wrong"
)]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KEY: &str = "7aab239577fd4f24bc919802fb629f5f";
const PATIENCE: Duration = Duration::from_secs(10);

/// One start.
struct Start {
    /// Until the first answer.
    time: Duration,
    /// KiB resident after it.
    memory: u64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == "--starts");
    let starts: usize = at.map_or(50, |at| arguments[at + 1].parse().unwrap());
    let ours = || Command::new(env!("CARGO_BIN_EXE_handler"));
    let node = || {
        let mut command = Command::new("node");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/node.mjs"));
        command
    };
    let programs: [(&str, &dyn Fn() -> Command); 2] =
        [("socketio-functions", &ours), ("Node http", &node)];
    let mut all: [Vec<Start>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..starts {
        for ((_, program), starts) in programs.iter().zip(&mut all) {
            starts.push(start(program()));
        }
    }
    println!("| what | exec to first answer, median | 90th percentile | memory after it, median |");
    println!("|---|---:|---:|---:|");
    for ((name, _), starts) in programs.iter().zip(&mut all) {
        let mut memory: Vec<u64> = starts.iter().map(|start| start.memory).collect();
        memory.sort_unstable();
        starts.sort_by_key(|start| start.time);
        let milliseconds = |start: &Start| start.time.as_secs_f64() * 1000.0;
        #[expect(
            clippy::cast_precision_loss,
            reason = "no process has that much memory"
        )]
        let mebibytes = memory[memory.len() / 2] as f64 / 1024.0;
        println!(
            "| {name} | {:.1} ms | {:.1} ms | {mebibytes:.1} MiB |",
            milliseconds(&starts[starts.len() / 2]),
            milliseconds(&starts[starts.len() * 9 / 10]),
        );
    }
}

/// Starts a handler, asks it until it answers, and ends it.
fn start(mut command: Command) -> Start {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    command
        .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
        .env(
            "WebPubSubForSocketIOConnectionString",
            format!("Endpoint=http://localhost:1;AccessKey={KEY};"),
        )
        .env("KEY", KEY)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    while !answers(port) {
        assert!(began.elapsed() < PATIENCE, "{command:?} does not answer");
        // The host asks again and again too. A sleep would be longer than what is measured.
        std::thread::yield_now();
    }
    let time = began.elapsed();
    let memory = resident(&child);
    child.kill().unwrap();
    child.wait().unwrap();
    Start { time, memory }
}

/// Whether a server answers with anything at all.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
        return false;
    };
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = [0; 12];
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer.starts_with(b"HTTP/1.1 ")
}

/// KiB of memory that a process has.
fn resident(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}
