//! One run: a server, a load, and what both cost.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::generator::Load;
use crate::servers::{self, Mode, Server};

/// What came out of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    /// Seconds of the server's CPU for each request.
    pub(crate) cpu: f64,
    /// Requests per second.
    pub(crate) rate: f64,
    /// How much of its core the generator needed to send and receive, from 0 to 1.
    pub(crate) generator: f64,
}

/// The run that cost the server least. Whatever else the machine does can only add to the cost.
pub(crate) fn best(runs: &[Figure]) -> Figure {
    let mut runs = runs.to_vec();
    runs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    runs[0]
}

/// Keeps this process to one core.
pub(crate) fn pin(core: u32) {
    let this = std::process::id().to_string();
    let status = Command::new("taskset")
        .args(["-a", "-p", "-c", &core.to_string(), &this])
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "taskset does not work here");
}

/// Seconds of CPU that a process has used, over all its threads.
fn cpu(process: u32) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let nanoseconds = tasks.map(|task| {
        let path = task.unwrap().path().join("schedstat");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let first = text.split(' ').next().and_then(|text| text.parse().ok());
        first.unwrap_or(0_f64)
    });
    nanoseconds.sum::<f64>() / 1e9
}

pub(crate) fn run(server: Server, mode: Mode, length: Duration, awake: bool) -> Figure {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let service = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = servers::start(server, mode, port, service.local_addr().unwrap().port());
    let deadline = Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "{server:?} does not listen");
        std::thread::yield_now();
    }
    let request = servers::request(mode, port);
    let mut marks = Vec::new();
    let load = Load {
        port,
        request: &request,
        expected: &servers::expected(mode),
        service,
        length,
        awake,
    };
    let done = load.run(|work| {
        marks.push((cpu(child.id()), work, Instant::now()));
        if marks.len() == 2 {
            // Before the service that it sends to goes: a handler finishes what it has begun, and would complain.
            child.kill().unwrap();
        }
    });
    child.wait().unwrap();
    let [before, after] = marks.as_slice() else {
        panic!("a run has a beginning and an end")
    };
    let seconds = (after.2 - before.2).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "no run has that many requests")]
    let requests = done as f64;
    Figure {
        cpu: (after.0 - before.0) / requests,
        rate: requests / seconds,
        generator: (after.1 - before.1).as_secs_f64() / seconds,
    }
}
