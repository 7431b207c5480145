//! Rebuilding on changes. While a new handler is built the old one goes on; one that does not build changes nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use notify::{EventKind, RecursiveMode, Watcher as _};
use sio_host::Host;
use tokio::sync::mpsc;

use super::say;
use crate::project::{Project, Staging};

/// Editors write in bursts; one rebuild follows when they are quiet for this long.
const QUIET: Duration = Duration::from_millis(250);

/// Watches the project and restarts the handler with each build. Returns only when watching fails.
pub(super) async fn rebuild(
    project: &Project,
    staging: &Staging,
    host: &Host,
) -> anyhow::Result<()> {
    let (changed, mut changes) = mpsc::unbounded_channel::<PathBuf>();
    let _watcher = watch(project, changed)?;
    loop {
        let Some(path) = changes.recv().await else {
            anyhow::bail!("the project is no longer watched");
        };
        while tokio::time::timeout(QUIET, changes.recv())
            .await
            .is_ok_and(|path| path.is_some())
        {}
        let shown = path.strip_prefix(&project.root).unwrap_or(&path);
        say("build", &format!("{} changed", shown.display()));
        match project.stage(staging).await {
            Ok(_) => match host.restart_handler().await {
                Ok(()) => say("ready", "with the new handler"),
                Err(error) => say("failed", &format!("{error}")),
            },
            Err(error) => say("failed", &format!("{error:#}; the old handler goes on")),
        }
    }
}

/// What a build reads. Pages are not in it: they are read at each request.
fn watch(
    project: &Project,
    changed: mpsc::UnboundedSender<PathBuf>,
) -> anyhow::Result<notify::RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        for path in event.paths {
            // Without a receiver there is nobody to rebuild for.
            let _ = changed.send(path);
        }
    })
    .context("changes cannot be watched; start with --no-watch")?;
    let watched = ["src", "crates", "Cargo.toml", "host.json"];
    for path in watched.map(|name| project.root.join(name)) {
        if path.exists() {
            watcher.watch(&path, mode(&path)).with_context(|| {
                format!(
                    "{} cannot be watched; start with --no-watch",
                    path.display()
                )
            })?;
        }
    }
    Ok(watcher)
}

fn mode(path: &Path) -> RecursiveMode {
    if path.is_dir() {
        RecursiveMode::Recursive
    } else {
        RecursiveMode::NonRecursive
    }
}
