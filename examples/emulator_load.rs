//! What the emulator costs: memory of idle clients, and CPU and latency of broadcasts. Linux only, release builds only.
//!
//! The emulator runs in a process of its own, whose CPU time and memory the kernel tells.
//!
//! ```sh
//! cargo run --release --example emulator_load -- [IDLE-CLIENTS] [SECONDS] [ENDPOINT PID]
//! ```
//!
//! With an endpoint and a process id it measures another server, for comparison: one that takes clients at the same path
//! and broadcasts the body of the same REST call.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use sio_emulator::{DEVELOPMENT_KEY, Emulator};
use sio_protocol::token;
use tokio::sync::Semaphore;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// Clients that a broadcast goes to.
const CLIENTS: usize = 1000;

/// Broadcasts that are measured for CPU, as fast as REST takes them.
const BURST: usize = 500;

/// Ticks of `/proc/PID/stat` in a second, on every Linux there is.
const TICKS: f64 = 100.0;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "serve") {
        return serve().await;
    }
    let number = |at: usize, otherwise: u64| match arguments.get(at) {
        Some(text) => text.parse().with_context(|| format!("{text} is no number")),
        None => Ok(otherwise),
    };
    let (idle, seconds) = (number(0, 10_000)?, number(1, 60)?);
    let server = match arguments.get(2..4) {
        Some([endpoint, process]) => Server {
            own: None,
            process: process.parse().context("PID is no process id")?,
            endpoint: endpoint.clone(),
        },
        _ => Server::start()?,
    };
    server.measure_idle(usize::try_from(idle)?).await?;
    server.measure_broadcasts(seconds).await
}

/// The emulator alone: no handlers, so that nothing else is measured.
async fn serve() -> anyhow::Result<()> {
    let emulator = Emulator::builder()
        .anonymous(true)
        .handlers(Vec::new())
        .start()
        .await?;
    writeln!(std::io::stdout(), "{}", emulator.endpoint())?;
    std::future::pending().await
}

struct Server {
    own: Option<Child>,
    process: u32,
    endpoint: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        if let Some(own) = &mut self.own {
            let _ = own.kill();
            let _ = own.wait();
        }
    }
}

/// A client that has joined the main namespace and counts what it gets.
async fn client(url: String, seen: Arc<AtomicUsize>, joined: Arc<Semaphore>) -> anyhow::Result<()> {
    let (mut socket, _) = connect_async(url).await?;
    socket.send(Message::text("40")).await?;
    while let Some(message) = socket.next().await {
        match message? {
            Message::Text(text) if text.as_str() == "2" => socket.send(Message::text("3")).await?,
            Message::Text(text) if text.starts_with("40") => joined.add_permits(1),
            Message::Text(text) if text.starts_with("42") => {
                seen.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
    Ok(())
}

impl Server {
    fn start() -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().context("no stdout")?;
        let mut endpoint = String::new();
        BufReader::new(stdout).read_line(&mut endpoint)?;
        let endpoint = endpoint.trim().to_owned();
        ensure!(!endpoint.is_empty(), "the emulator did not start");
        Ok(Self {
            process: process.id(),
            own: Some(process),
            endpoint,
        })
    }

    /// Resident memory in MiB.
    fn memory(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kibibytes.context("no VmRSS")?.parse::<f64>()? / 1024.0)
    }

    /// CPU time so far in seconds.
    fn cpu(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process))?;
        let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks: Vec<&str> = fields.split_whitespace().skip(11).take(2).collect();
        let ticks: f64 = ticks.iter().map(|ticks| ticks.parse().unwrap_or(0.0)).sum();
        Ok(ticks / TICKS)
    }

    /// Connects clients and waits until they have joined. They go on until their tasks are dropped.
    async fn clients(
        &self,
        count: usize,
    ) -> anyhow::Result<(tokio::task::JoinSet<()>, Arc<AtomicUsize>)> {
        let url = format!(
            "{}/clients/socketio/hubs/hub/?EIO=4&transport=websocket",
            self.endpoint.replacen("http", "ws", 1)
        );
        let (seen, joined) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 1..=count {
            let client = client(url.clone(), seen.clone(), joined.clone());
            tasks.spawn(async move {
                if let Err(error) = client.await {
                    let _ = writeln!(std::io::stderr(), "a client failed: {error}");
                }
            });
            if number % 200 == 0 || number == count {
                let wave = u32::try_from(if number % 200 == 0 { 200 } else { number % 200 })?;
                let all = tokio::time::timeout(Duration::from_secs(60), joined.acquire_many(wave));
                all.await.context("clients did not join")??.forget();
            }
        }
        Ok((tasks, seen))
    }

    async fn measure_idle(&self, count: usize) -> anyhow::Result<()> {
        let before = self.memory()?;
        let (clients, _) = self.clients(count).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let after = self.memory()?;
        writeln!(
            std::io::stdout(),
            "{count} idle clients: {after:.1} MiB ({before:.1} MiB without them), {:.1} KiB each",
            (after - before) * 1024.0 / f64::from(u32::try_from(count)?)
        )?;
        drop(clients);
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(())
    }

    async fn measure_broadcasts(&self, seconds: u64) -> anyhow::Result<()> {
        let (_clients, seen) = self.clients(CLIENTS).await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let url = format!("{}/api/hubs/hub/:send", self.endpoint);
        let claims = serde_json::json!({ "aud": url, "exp": 4_102_444_800_i64 });
        let bearer = token::sign(DEVELOPMENT_KEY, &claims)?;
        let body = format!("42[\"news\",\"{}\"]", "x".repeat(2000));
        let send = async || {
            let call = http.post(&url).bearer_auth(&bearer).body(body.clone());
            call.header("content-type", "text/plain")
                .send()
                .await?
                .error_for_status()
        };
        let delivered = async |upto: usize| {
            while seen.load(Ordering::Relaxed) < upto {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        };

        let mut latencies = Vec::new();
        let mut ticks = tokio::time::interval(Duration::from_millis(333));
        for round in 1..=usize::try_from(seconds * 3)? {
            ticks.tick().await;
            let started = Instant::now();
            send().await?;
            delivered(round * CLIENTS).await;
            latencies.push(started.elapsed());
        }
        latencies.sort_unstable();
        let at = |share: usize| latencies[(latencies.len() * share / 100).min(latencies.len() - 1)];
        writeln!(
            std::io::stdout(),
            "3 broadcasts/s of 2 KB to {CLIENTS} clients for {seconds} s: all delivered, until the last client p50 {:?}, p99 {:?}",
            at(50),
            at(99)
        )?;

        let (cpu, started, base) = (self.cpu()?, Instant::now(), seen.load(Ordering::Relaxed));
        for _ in 0..BURST {
            send().await?;
        }
        delivered(base + BURST * CLIENTS).await;
        let (cpu, took) = (self.cpu()? - cpu, started.elapsed().as_secs_f64());
        let deliveries = f64::from(u32::try_from(BURST * CLIENTS)?);
        writeln!(
            std::io::stdout(),
            "{BURST} broadcasts at once: {:.0} deliveries/s, {:.0} per CPU second of the emulator",
            deliveries / took,
            deliveries / cpu
        )?;
        Ok(())
    }
}
