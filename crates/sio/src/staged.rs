//! The staged handler alone, for commands that ask it something once.

use std::path::Path;

use anyhow::{Context as _, bail};
use sio_host::{Builder, FunctionInfo, Hop, Host};
use tokio::sync::broadcast;

use crate::trace::{self, Watch};

/// A staged handler that runs and answers.
pub(crate) struct Staged {
    host: Host,
    port: u16,
    watch: Watch,
}

impl Staged {
    /// Starts it as the host does; `with` tells the host what else it should know.
    pub(crate) async fn start(
        script_root: &Path,
        with: impl FnOnce(Builder) -> Builder,
    ) -> anyhow::Result<Self> {
        if !script_root.join("host.json").is_file() {
            bail!(
                "nothing is staged in {}\nhint: stage the app first: sio stage",
                script_root.display()
            );
        }
        let watch = Watch::start(&trace::Args {
            quiet: true,
            ..trace::Args::default()
        });
        let hops = watch.host();
        let mut ready = hops.subscribe();
        // What is asked for is all that happens.
        let builder = Host::builder(script_root).hops(hops).timers(false);
        let host = with(builder.identities(crate::identity::source()))
            .start()
            .await
            .context("the staged handler does not start")?;
        let port = port(&mut ready).await?;
        Ok(Self { host, port, watch })
    }

    /// Its functions.
    pub(crate) fn functions(&self) -> Vec<FunctionInfo> {
        self.host.functions().to_vec()
    }

    /// Where what it does is written.
    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Where its host answers.
    pub(crate) fn app(&self) -> String {
        self.host.url()
    }

    /// Where it takes the service's webhook itself.
    ///
    /// # Errors
    /// It has no such function.
    pub(crate) fn webhook(&self) -> anyhow::Result<String> {
        let mut functions = self.host.functions().iter();
        let function = functions.find(|function| function.name == "socketio");
        let url = function.and_then(|function| function.url.clone());
        url.context("the app has no function \"socketio\" to take events\nhint: register a hub with `App::hub`")
    }

    /// Where it answers. Its paths begin with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Stops it, and waits for its last words.
    pub(crate) async fn stop(self) {
        self.host.stop().await;
        drop(self.host);
        self.watch.end().await;
    }
}

/// The port of the handler, which the host has told when it was ready.
async fn port(hops: &mut broadcast::Receiver<Hop>) -> anyhow::Result<u16> {
    loop {
        if let Hop::HandlerReady { port, .. } = hops.recv().await? {
            return Ok(port);
        }
    }
}
