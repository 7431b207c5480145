//! What Microsoft's Functions host and its Socket.IO extension did, and what this host does with the same requests.
//!
//! `cases/` has 26 function apps, each with its requests and the original's answers: what the caller got, what the
//! handler saw, which calls reached the service. They were recorded on 2026-11-28 from host 4.1037.0 and extension
//! 1.0.0; ids, times, ports and versions are replaced by words (see `words`). A difference fails the test unless
//! `accepted.json` names it, with its reason; an accepted difference that is gone fails it, too. `accepted.txt` is made of
//! it (`UPDATE=1 cargo test --test golden`), for scripts.
//!
//! Each app is started once, all apps at the same time. The handler is this program, started again.
//!
//! `cargo test -p sio-host --test recordings -- NAME…` plays some of the apps.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that is a program: it says what it saw, and stops where it cannot go on"
)]

mod accepted;
mod differences;
mod exchange;
mod handler;
mod played;
mod recording;
mod service;
mod words;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use accepted::Accepted;
use recording::Recording;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    if let Some(runner) = std::env::var_os(handler::RUNNER) {
        handler::serve(&runner.into_string().unwrap());
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(play(&wanted))
}

async fn play(wanted: &[String]) -> ExitCode {
    let began = Instant::now();
    let accepted = Accepted::read();
    let playing: Vec<_> = Recording::all()
        .into_iter()
        .filter(|recording| wanted.is_empty() || wanted.contains(&recording.name))
        .map(|recording| {
            tokio::spawn(async move {
                let played = played::play(&recording).await;
                (recording, played)
            })
        })
        .collect();
    let (mut equal, mut kept, mut failures) = (0, 0, Vec::new());
    for playing in playing {
        let (recording, played) = playing.await.unwrap();
        for case in &recording.cases {
            let found = differences::between(&case.original, &played[&case.name]);
            let id = format!("{} / {}", recording.name, case.name);
            match accepted.judge(&recording.name, &case.name, &found) {
                Ok(true) => kept += 1,
                Ok(false) => equal += 1,
                Err(problem) => failures.push(format!("{id}: {problem}")),
            }
        }
    }
    for failure in &failures {
        println!("{failure}\n");
    }
    println!("{equal} cases as the original, {kept} accepted differences:");
    for (kind, count) in accepted.counts() {
        println!("  {count:4} {kind}");
    }
    let failed = failures.len();
    println!(
        "test result: {}. {} passed; {failed} failed; in {:.1} s",
        if failed == 0 { "ok" } else { "FAILED" },
        equal + kept,
        began.elapsed().as_secs_f32()
    );
    // A name of another test plays nothing.
    if failed == 0 && (equal > 0 || !wanted.is_empty()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
