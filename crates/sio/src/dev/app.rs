//! The function app under development: the host stand-in with the staged handler, restarted as far as a change asks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use sio_emulator::Link;
use sio_host::{Hop, Host, SignIn};
use sio_protocol::cloud_events::SystemEvent;
use tokio::sync::{broadcast, watch};

use super::building::Port;
use crate::local_settings::CONNECTION;
use crate::project::{Bindings, Staging};

/// The function that takes the service's webhook in direct mode.
const WEBHOOK: &str = "socketio";

/// What a host is started with, each time.
pub(super) struct Plan {
    pub(super) staging: Staging,
    /// The service's connection string.
    pub(super) connection: String,
    /// What the handler is told besides, or instead.
    pub(super) variables: Vec<(String, String)>,
    /// Who signs users in.
    pub(super) sign_in: Option<SignIn>,
    /// A local copy of the Socket.IO client.
    pub(super) client_script: Option<Vec<u8>>,
    /// A handler that was started elsewhere.
    pub(super) attach: Option<u16>,
    /// Names under which the app may be asked, besides the usual ones.
    pub(super) allow_host: Vec<String>,
    /// Where invocations are kept.
    pub(super) record: Option<PathBuf>,
    /// The version of the pages, which reload themselves in the browser when it changes.
    pub(super) pages: Option<watch::Sender<u64>>,
    /// Where the host reports.
    pub(super) hops: broadcast::Sender<Hop>,
}

/// A running function app.
pub(super) struct App {
    plan: Arc<Plan>,
    port: Port,
    host: Host,
    is_down: bool,
}

impl App {
    /// The app with a host that runs on its port.
    pub(super) fn new(plan: Arc<Plan>, port: Port, host: Host) -> Self {
        Self {
            plan,
            port,
            host,
            is_down: false,
        }
    }

    /// The host, to ask for its functions and its address.
    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// What is staged and how.
    pub(super) fn staging(&self) -> &Staging {
        &self.plan.staging
    }

    /// What the app serves, for people. The webhook is for the service alone, and a route with parameters needs some.
    pub(super) fn links(&self) -> Vec<Link> {
        let home = Link {
            name: "home page".to_owned(),
            url: format!("{}/", self.host.url()),
            opens: true,
        };
        let functions = self.host.functions().iter().filter_map(|function| {
            let reads = |method: &String| method.eq_ignore_ascii_case("get");
            let read = function.methods.is_empty() || function.methods.iter().any(reads);
            let url = function.url.clone().filter(|_| !function.disabled)?;
            Some(Link {
                opens: read && function.name != WEBHOOK && !url.contains('{'),
                name: function.name.clone(),
                url,
            })
        });
        std::iter::once(home).chain(functions).collect()
    }

    /// The webhook's URL as the service is told it.
    pub(super) fn webhook(&self) -> anyhow::Result<String> {
        if self.plan.staging.bindings == Bindings::Extension {
            return Ok(format!("{}/runtime/webhooks/socketio", self.host.url()));
        }
        let mut functions = self.host.functions().iter();
        let function = functions.find(|function| function.name == WEBHOOK);
        match function.and_then(|function| function.url.clone()) {
            Some(url) => Ok(url),
            None => bail!(
                "the app has no function {WEBHOOK:?} to take the service's webhook\nhint: register a hub with `App::hub`"
            ),
        }
    }

    /// The system events that the webhook takes. The app's own takes all; the extension answers 404 to one without a
    /// function, and a 404 to `connect` would refuse every client.
    pub(super) fn system_events(&self) -> Vec<SystemEvent> {
        let all = [
            SystemEvent::Connect,
            SystemEvent::Connected,
            SystemEvent::Disconnected,
        ];
        if self.plan.staging.bindings == Bindings::Direct {
            return all.to_vec();
        }
        let root = &self.plan.staging.root;
        let functions = self.host.functions().iter();
        let taken: Vec<String> = functions
            .filter_map(|function| event_of(&root.join(&function.name).join("function.json")))
            .collect();
        let is_taken = |event: &SystemEvent| taken.iter().any(|name| name == event.name());
        all.into_iter().filter(is_taken).collect()
    }

    /// Starts a new handler; requests wait meanwhile.
    pub(super) async fn restart_handler(&self) -> anyhow::Result<()> {
        self.host.restart_handler().await?;
        Ok(())
    }

    /// Starts a new host on the same port, since functions or configuration are others now.
    pub(super) async fn restart_host(&mut self) -> anyhow::Result<()> {
        self.is_down = true;
        self.host.finish().await;
        self.host.stop().await;
        self.host = self.plan.host(&self.port).await?;
        self.is_down = false;
        Ok(())
    }

    /// Whether the host has stopped and the next one did not start.
    pub(super) fn is_down(&self) -> bool {
        self.is_down
    }

    /// Has open pages reload themselves.
    pub(super) fn reload_pages(&self) {
        if let Some(version) = &self.plan.pages {
            version.send_modify(|version| *version += 1);
        }
    }

    /// Ready when the host gives up on its handler; says why.
    pub(super) async fn gave_up(&self) -> anyhow::Error {
        self.host.stopped().await.into()
    }

    /// Stops host and handler.
    pub(super) async fn stop(self) {
        self.host.stop().await;
    }
}

/// The event that a staged function takes from the extension, if it takes one.
fn event_of(function_json: &Path) -> Option<String> {
    let text = std::fs::read_to_string(function_json).ok()?;
    let function: serde_json::Value = serde_json::from_str(&text).ok()?;
    let bindings = function["bindings"].as_array()?.iter();
    let mut events = bindings.filter_map(|binding| binding["eventName"].as_str());
    events.next().map(str::to_owned)
}

impl Plan {
    /// Starts the host on the app's port, and waits for the handler.
    pub(super) async fn host(&self, port: &Port) -> anyhow::Result<Host> {
        let listener = port.listener()?;
        let mut host = Host::builder(&self.staging.root)
            .hops(self.hops.clone())
            .listener(listener)
            .identities(crate::identity::source())
            .variable(CONNECTION, &self.connection);
        for (name, value) in &self.variables {
            host = host.variable(name, value);
        }
        if let Some(sign_in) = &self.sign_in {
            host = host.sign_in(sign_in.clone());
        }
        if let Some(script) = &self.client_script {
            host = host.client_script(script.clone());
        }
        if let Some(version) = &self.pages {
            host = host.reload_pages(version.subscribe());
        }
        if let Some(port) = self.attach {
            host = host.attach(port);
        }
        for name in &self.allow_host {
            host = host.allow_host(name);
        }
        if let Some(folder) = &self.record {
            host = host.record(folder);
        }
        Ok(host.start().await?)
    }
}
