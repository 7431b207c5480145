//! The emulator and the host, each in a process of its own; the host starts the handler.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use sio_emulator::Emulator;
use sio_host::Host;
use socketio_functions::settings::Settings;
use tokio::net::TcpListener;

use crate::app::Runs;

/// Set for the processes of the stack: which of them this is.
pub(crate) const ROLE: &str = "SOAK_ROLE";
/// What the process needs to know: the emulator the host's port, the host its folder, its port and the connection.
const ABOUT: &str = "SOAK_ABOUT";

/// Serves as the emulator or the host until its stdin ends.
pub(crate) async fn serve(role: &str) {
    let about: Value = serde_json::from_str(&std::env::var(ABOUT).unwrap()).unwrap();
    let part = |name: &str| about[name].as_str().unwrap();
    if role == "emulator" {
        // With its inspector, as the tool starts it.
        let emulator = Emulator::builder().upstream(part("upstream")).record(true);
        let emulator = emulator.start().await.unwrap();
        let ready = json!({
            "endpoint": emulator.endpoint(),
            "connection": emulator.connection_string(),
        });
        println!("{ready}");
        return end_of_stdin().await;
    }
    let host = Host::builder(part("root"))
        .listener(TcpListener::bind(part("address")).await.unwrap())
        .variable(ROLE, "handler")
        .variable(Settings::CONNECTION, part("connection"))
        .start()
        .await
        .unwrap();
    println!("{}", json!({ "url": host.url() }));
    tokio::select! {
        why = host.stopped() => panic!("the handler has ended: {why}"),
        // Not killed: it ends its handler first.
        () = end_of_stdin() => host.stop().await,
    }
}

async fn end_of_stdin() {
    let read = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    tokio::task::spawn_blocking(read).await.unwrap().unwrap();
}

/// The processes. Dropped, they end.
pub(crate) struct Stack {
    emulator: Child,
    host: Child,
    /// The emulator's address, for its control API.
    pub(crate) endpoint: String,
    /// The host's address, for the functions.
    pub(crate) url: String,
    handler: u32,
    http: reqwest::Client,
    _root: tempfile::TempDir,
}

impl Drop for Stack {
    fn drop(&mut self) {
        for process in [&mut self.host, &mut self.emulator] {
            drop(process.stdin.take());
            let _ = process.wait();
        }
    }
}

/// Resident memory in MiB.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) emulator: f64,
    pub(crate) host: f64,
    pub(crate) handler: f64,
    pub(crate) clients: f64,
}

impl Stack {
    pub(crate) async fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        write_app(root.path());
        // The emulator must know the host's address, and the host the emulator's.
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let upstream = format!("http://{address}/api/socketio");
        let (emulator, service) = spawn("emulator", &json!({ "upstream": upstream }));
        let connection = service["connection"].as_str().unwrap();
        let about = json!({ "root": root.path(), "address": address, "connection": connection });
        let (host, ready) = spawn("host", &about);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut stack = Self {
            emulator,
            host,
            endpoint: text(&service["endpoint"]),
            url: text(&ready["url"]),
            handler: 0,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            _root: root,
        };
        stack.handler = stack.runs().await.process;
        stack
    }

    /// What has run in the handler.
    pub(crate) async fn runs(&self) -> Runs {
        let answer = self.http.get(format!("{}/api/runs", self.url)).send().await;
        let text = answer.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no figures: {text}"))
    }

    pub(crate) fn memory(&self) -> Memory {
        Memory {
            emulator: memory(self.emulator.id()),
            host: memory(self.host.id()),
            handler: memory(self.handler),
            clients: memory(std::process::id()),
        }
    }
}

/// Starts this program again, and waits until it says that it is ready.
fn spawn(role: &str, about: &Value) -> (Child, Value) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .env(ROLE, role)
        .env(ABOUT, about.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let ready = serde_json::from_str(&line);
    (
        process,
        ready.unwrap_or_else(|_| panic!("the {role} did not start")),
    )
}

/// An app whose handler is this program.
fn write_app(root: &Path) {
    let program = std::env::current_exe().unwrap();
    let manifest = Command::new(&program)
        .arg("manifest")
        .env(ROLE, "handler")
        .output();
    let manifest: Value = serde_json::from_slice(&manifest.unwrap().stdout).unwrap();
    for (name, content) in manifest["files"].as_object().unwrap() {
        let file = root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = content
            .as_str()
            .map_or_else(|| content.to_string(), str::to_owned);
        fs::write(file, text).unwrap();
    }
    let host = json!({ "version": "2.0", "customHandler": {
        "description": { "defaultExecutablePath": "handler" },
        "enableProxyingHttpRequest": true,
    } });
    fs::write(root.join("host.json"), host.to_string()).unwrap();
    fs::copy(program, root.join("handler")).unwrap();
}

fn memory(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.unwrap_or_else(|_| panic!("process {process} has ended"));
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    kibibytes.unwrap().parse::<f64>().unwrap() / 1024.0
}
