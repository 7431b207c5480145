//! Apps in temporary folders, started with a handler of another language.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use sio_host::{Builder, Hop, Host, StartError};
use tempfile::TempDir;
use tokio::sync::broadcast;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A script root.
pub(crate) struct App {
    folder: TempDir,
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/handlers")
        .join(name)
}

/// `httpTrigger` with a route and methods ("" for all), and `http` named `res`.
pub(crate) fn http(route: &str, methods: &str) -> Value {
    let mut trigger =
        json!({"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous"});
    if !route.is_empty() {
        trigger["route"] = json!(route);
    }
    if !methods.is_empty() {
        trigger["methods"] = methods.split(' ').collect();
    }
    json!([trigger, {"type": "http", "direction": "out", "name": "res"}])
}

impl App {
    /// An app whose host.json has these members besides its version.
    pub(crate) fn new(host_json: Value) -> Self {
        let app = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let mut document = host_json;
        document["version"] = json!("2.0");
        app.write("host.json", &document.to_string());
        app
    }

    /// One with the Node handler; `switches` are members of `customHandler`.
    pub(crate) fn node(switches: Value) -> Self {
        Self::handled("node", "node.mjs", switches, json!({}))
    }

    /// One with the Python handler.
    pub(crate) fn python(switches: Value) -> Self {
        Self::handled("python3", "python.py", switches, json!({}))
    }

    pub(crate) fn handled(program: &str, script: &str, switches: Value, more: Value) -> Self {
        let mut handler = switches;
        handler["description"] = json!({"defaultExecutablePath": program, "arguments": [format!("\"{}\"", fixture(script).display())]});
        let mut document = more;
        document["customHandler"] = handler;
        Self::new(document)
    }

    pub(crate) fn function(self, name: &str, bindings: Value) -> Self {
        std::fs::create_dir(self.path().join(name)).unwrap();
        self.write(
            &format!("{name}/function.json"),
            &json!({"bindings": bindings}).to_string(),
        );
        self
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn builder(&self) -> Builder {
        Host::builder(self.path())
    }

    pub(crate) async fn start(&self) -> Running {
        self.start_with(|builder| builder).await.unwrap()
    }

    pub(crate) async fn start_with(
        &self,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Result<Running, StartError> {
        let (sender, hops) = broadcast::channel(4096);
        let builder = change(self.builder()).hops(sender);
        let host = timeout(PATIENCE, builder.start())
            .await
            .expect("the host starts in time")?;
        // Redirects are answers here.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .no_proxy();
        Ok(Running {
            base: format!("http://{}", host.address()),
            host,
            hops,
            client: client.build().unwrap(),
        })
    }
}

/// A started app.
pub(crate) struct Running {
    pub(crate) host: Host,
    pub(crate) hops: broadcast::Receiver<Hop>,
    pub(crate) client: reqwest::Client,
    pub(crate) base: String,
}

impl Running {
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method.parse().unwrap(), format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.request("GET", path).send().await.unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).await.json().await.unwrap()
    }

    pub(crate) async fn status(&self, method: &str, path: &str) -> u16 {
        self.request(method, path)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    /// Waits for a hop; those before it are forgotten.
    pub(crate) async fn hop<T>(&mut self, mut wanted: impl FnMut(&Hop) -> Option<T>) -> T {
        let search = async {
            loop {
                if let Some(found) = wanted(&self.hops.recv().await.expect("a hop")) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, search)
            .await
            .expect("the hop comes in time")
    }

    /// Waits for a line of the timeline with this in it.
    pub(crate) async fn line(&mut self, text: &str) -> String {
        self.hop(|hop| Some(hop.to_string()).filter(|line| line.contains(text)))
            .await
    }
}

/// Does a process exist that is not only waiting to be collected?
pub(crate) fn is_running(process: u32) -> bool {
    let id = process.to_string();
    if cfg!(windows) {
        let filter = format!("PID eq {id}");
        return said("tasklist", &["/NH", "/FI", &filter]).contains(&id);
    }
    if cfg!(target_os = "linux") {
        // Not every image has `ps`.
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let state = stat.rsplit(')').next().unwrap_or_default().trim();
        return !state.is_empty() && !state.starts_with('Z');
    }
    let state = said("ps", &["-o", "stat=", "-p", &id]);
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// What a program prints.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(program).args(arguments).output();
    String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
}
