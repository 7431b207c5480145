//! What a delivery costs: the server's CPU, and the time until the last client has it.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use sio_emulator::DEVELOPMENT_KEY;
use sio_protocol::token;

use crate::crowd::Crowd;
use crate::server::Server;

/// How long a burst may take to arrive.
const PATIENCE: Duration = Duration::from_secs(120);

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

#[expect(clippy::cast_precision_loss, reason = "no count here is that large")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

/// Broadcasts as fast as the server takes them.
pub(crate) struct Burst {
    /// Seconds of the server's CPU for each delivery.
    pub(crate) cpu: f64,
    /// Deliveries per second.
    pub(crate) rate: f64,
}

/// A REST call, and the clients that it reaches.
pub(crate) struct Deliveries<'a> {
    server: &'a Server,
    crowd: Crowd,
    http: reqwest::Client,
    url: String,
    bearer: String,
    body: String,
}

impl<'a> Deliveries<'a> {
    pub(crate) fn new(server: &'a Server, crowd: Crowd, path: &str, size: usize) -> Self {
        let url = format!("{}/api/hubs/hub{path}", server.endpoint);
        let claims = json!({ "aud": url, "exp": 4_102_444_800_i64 });
        Self {
            server,
            crowd,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            bearer: token::sign(DEVELOPMENT_KEY, &claims).unwrap(),
            url,
            body: format!("42[\"news\",\"{}\"]", "x".repeat(size)),
        }
    }

    async fn send(&self) {
        let call = self.http.post(&self.url).bearer_auth(&self.bearer);
        let call = call.header("content-type", "text/plain");
        let answer = call.body(self.body.clone()).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    async fn arrived(&self, count: usize) {
        let all = tokio::time::timeout(PATIENCE, self.crowd.seen.reach(count));
        assert!(
            all.await.is_ok(),
            "{} of {count} arrived",
            self.crowd.seen.events()
        );
    }

    pub(crate) async fn burst(&self, count: usize) -> Burst {
        let deliveries = count * self.crowd.size;
        let (before, started, base) = (self.server.cpu(), Instant::now(), self.crowd.seen.events());
        for _ in 0..count {
            self.send().await;
        }
        self.arrived(base + deliveries).await;
        Burst {
            cpu: (self.server.cpu() - before) / float(deliveries),
            rate: float(deliveries) / started.elapsed().as_secs_f64(),
        }
    }

    /// Seconds of CPU for each delivery, where every call waits until the one before has arrived everywhere: nothing
    /// is put together that would not be without haste.
    pub(crate) async fn one_by_one(&self, count: usize) -> f64 {
        let (before, base) = (self.server.cpu(), self.crowd.seen.events());
        for round in 1..=count {
            self.send().await;
            self.arrived(base + round * self.crowd.size).await;
        }
        (self.server.cpu() - before) / float(count * self.crowd.size)
    }

    /// Three calls a second: how long until the last client has it, median and 99th of a hundred.
    pub(crate) async fn latency(&self, count: usize) -> (Duration, Duration) {
        let mut latencies = Vec::new();
        let mut ticks = tokio::time::interval(Duration::from_millis(333));
        let base = self.crowd.seen.events();
        for round in 1..=count {
            ticks.tick().await;
            let started = Instant::now();
            self.send().await;
            self.arrived(base + round * self.crowd.size).await;
            latencies.push(started.elapsed());
        }
        latencies.sort_unstable();
        (latencies[count / 2], latencies[count * 99 / 100])
    }
}
