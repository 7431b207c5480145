//! The server under measurement, in a process of its own, kept to the second core.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use sio_emulator::Emulator;

use crate::SERVE;

pub(crate) struct Server {
    process: Child,
    pub(crate) endpoint: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The emulator alone: no handlers, so that nothing else is measured.
pub(crate) async fn serve() {
    let emulator = Emulator::builder().anonymous(true).handlers(Vec::new());
    let emulator = emulator.start().await.unwrap();
    println!("{}", emulator.endpoint());
    std::future::pending().await
}

impl Server {
    pub(crate) fn emulator() -> Self {
        let mut command = Command::new("taskset");
        command
            .args(["-c", "1"])
            .arg(std::env::current_exe().unwrap());
        command.env(SERVE, "emulator");
        Self::start(command)
    }

    /// Node's own server, at the same path, with the same REST call for a broadcast.
    pub(crate) fn node(modules: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/emulator/socketio.cjs");
        let mut command = Command::new("taskset");
        command.args(["-c", "1", "node", script]);
        command.env("NODE_PATH", modules);
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = process.stdout.take().unwrap();
        let mut endpoint = String::new();
        BufReader::new(stdout).read_line(&mut endpoint).unwrap();
        let endpoint = endpoint.trim().to_owned();
        assert!(!endpoint.is_empty(), "the server did not start");
        Self { process, endpoint }
    }

    /// Seconds of CPU so far, over all its threads.
    pub(crate) fn cpu(&self) -> f64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
        let nanoseconds = tasks.map(|task| {
            let path = task.unwrap().path().join("schedstat");
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let first = text.split(' ').next().and_then(|text| text.parse().ok());
            first.unwrap_or(0_f64)
        });
        nanoseconds.sum::<f64>() / 1e9
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        kibibytes.unwrap().parse::<f64>().unwrap() / 1024.0
    }
}
