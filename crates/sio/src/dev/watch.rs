//! Noticing changes of the source.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

/// Editors write in bursts; a change counts when they have been quiet for this long.
const QUIET: Duration = Duration::from_millis(250);

/// Folders whose every file is source.
const FOLDERS: [&str; 2] = ["src", "crates"];

/// The folder of the pages. No build reads them: they are read at each request.
const PAGES: &str = "function-app/public";

/// Files of the project's own folder that a build reads.
const FILES: [&str; 3] = ["Cargo.toml", "build.rs", "host.json"];

/// Changes of a project's source, one after the other.
pub(super) struct Changes {
    root: PathBuf,
    changed: mpsc::UnboundedReceiver<PathBuf>,
    _watcher: RecommendedWatcher,
}

impl Changes {
    /// Begins to watch.
    pub(super) fn of(root: &Path) -> anyhow::Result<Self> {
        let root = root.to_owned();
        let (sender, changed) = mpsc::unbounded_channel();
        let own = root.clone();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let Ok(event) = event else { return };
                if matches!(event.kind, EventKind::Access(_)) {
                    return;
                }
                for path in event.paths.into_iter().filter(|path| is_source(&own, path)) {
                    // Without a receiver nothing is rebuilt.
                    let _ = sender.send(path);
                }
            })
            .context("changes cannot be watched\nhint: start with --no-watch")?;
        // The folder is watched, not the files in it: many editors save by putting a new file in the old one's place.
        watch(&mut watcher, &root, RecursiveMode::NonRecursive)?;
        for folder in [FOLDERS[0], FOLDERS[1], PAGES].map(|name| root.join(name)) {
            if folder.is_dir() {
                watch(&mut watcher, &folder, RecursiveMode::Recursive)?;
            }
        }
        Ok(Self {
            root,
            changed,
            _watcher: watcher,
        })
    }

    /// Waits for the next change, until the editor is quiet.
    pub(super) async fn next(&mut self) -> Change {
        let Some(first) = self.changed.recv().await else {
            // The watcher lives as long as this does and holds the sender.
            return std::future::pending().await;
        };
        let mut paths = vec![first];
        while let Ok(Some(path)) = tokio::time::timeout(QUIET, self.changed.recv()).await {
            paths.push(path);
        }
        let pages = self.root.join(PAGES);
        let sources: Vec<&PathBuf> = paths
            .iter()
            .filter(|path| !path.starts_with(&pages))
            .collect();
        // What is gone again was an editor's own file.
        let named = sources
            .iter()
            .find(|path| path.exists())
            .or(sources.first());
        let named = named.map_or(&paths[0], |path| path);
        Change {
            path: named.strip_prefix(&self.root).unwrap_or(named).to_owned(),
            rebuilds: !sources.is_empty(),
        }
    }
}

/// What changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// One of the files, for people.
    pub(super) path: PathBuf,
    /// Whether the handler is built from it.
    pub(super) rebuilds: bool,
}

fn watch(watcher: &mut RecommendedWatcher, path: &Path, mode: RecursiveMode) -> anyhow::Result<()> {
    watcher.watch(path, mode).with_context(|| {
        format!(
            "{} cannot be watched\nhint: start with --no-watch",
            path.display()
        )
    })
}

fn is_source(root: &Path, path: &Path) -> bool {
    let Ok(below) = path.strip_prefix(root) else {
        return false;
    };
    if path
        .file_name()
        .is_none_or(|name| is_temporary(&name.to_string_lossy()))
    {
        return false;
    }
    if below.starts_with(PAGES) {
        return true;
    }
    let mut parts = below.iter().map(|part| part.to_string_lossy());
    let first = parts.next().unwrap_or_default();
    FOLDERS.contains(&first.as_ref()) || (parts.next().is_none() && FILES.contains(&first.as_ref()))
}

/// Whether an editor makes such a file beside the one that it saves.
fn is_temporary(name: &str) -> bool {
    name.starts_with(['.', '#'])
        || name.ends_with(['~', '#'])
        || [".swp", ".swx", ".tmp", ".bak"].iter().any(|end| name.ends_with(end))
        // The file with which vim finds out whether it may write.
        || name == "4913"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_what_a_build_reads() {
        let source = |path: &str| is_source(Path::new("/p"), Path::new(path));
        for path in [
            "/p/src/lib.rs",
            "/p/crates/a/b.rs",
            "/p/host.json",
            "/p/Cargo.toml",
            "/p/function-app/public/index.html",
        ] {
            assert!(source(path), "{path}");
        }
        for path in [
            "/p/function-app/host.json",
            "/p/target/x",
            "/p/src/.lib.rs.swp",
            "/p/src/4913",
            "/p/src/lib.rs~",
            "/p/.git",
            "/q/src/lib.rs",
            "/p",
        ] {
            assert!(!source(path), "{path}");
        }
    }
}
