//! The staged handler alone, for commands that ask it something once.

use std::path::Path;

use anyhow::{Context as _, bail};
use sio_host::{Builder, FunctionInfo, Hop, Host};
use tokio::sync::broadcast;

use crate::timeline::{self, Timeline};

/// A staged handler that runs and answers.
pub(crate) struct Staged {
    host: Host,
    port: u16,
    printed: Timeline,
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
        let (hops, mut ready) = broadcast::channel(timeline::BACKLOG);
        let printed = Timeline::follow("", hops.subscribe(), |hop| {
            matches!(hop, Hop::Console { .. })
        });
        let builder = Host::builder(script_root).hops(hops);
        let host = with(builder.identities(crate::identity::source()))
            .start()
            .await
            .context("the staged handler does not start")?;
        let port = port(&mut ready).await?;
        Ok(Self {
            host,
            port,
            printed,
        })
    }

    /// Its functions.
    pub(crate) fn functions(&self) -> Vec<FunctionInfo> {
        self.host.functions().to_vec()
    }

    /// Where it answers. Its paths begin with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Stops it, and waits for its last words.
    pub(crate) async fn stop(self) {
        self.host.stop().await;
        drop(self.host);
        self.printed.end().await;
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
