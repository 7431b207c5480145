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

/// The folder of the pages' folder; what else is in it is generated.
const SCRIPT_ROOT: &str = "function-app";

/// What is watched below the project's folder, as far as it is there.
const BELOW: [(&str, RecursiveMode); 4] = [
    (FOLDERS[0], RecursiveMode::Recursive),
    (FOLDERS[1], RecursiveMode::Recursive),
    (SCRIPT_ROOT, RecursiveMode::NonRecursive),
    (PAGES, RecursiveMode::Recursive),
];

/// Files of the project's own folder that a build reads.
const FILES: [&str; 3] = ["Cargo.toml", "build.rs", "host.json"];

/// Changes of a project's source, one after the other.
pub(super) struct Changes {
    root: PathBuf,
    changed: mpsc::UnboundedReceiver<PathBuf>,
    watcher: RecommendedWatcher,
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
                for path in event.paths.into_iter().filter(|path| matters(&own, path)) {
                    // Without a receiver nothing is rebuilt.
                    let _ = sender.send(path);
                }
            })
            .context("changes cannot be watched\nhint: start with --no-watch")?;
        // The folder is watched, not the files in it: many editors save by putting a new file in the old one's place.
        watch(&mut watcher, &root, RecursiveMode::NonRecursive)?;
        for (name, mode) in BELOW {
            let folder = root.join(name);
            if folder.is_dir() {
                watch(&mut watcher, &folder, mode)?;
            }
        }
        Ok(Self {
            root,
            changed,
            watcher,
        })
    }

    /// Watches a folder that has just been made, or made anew.
    fn follow(&mut self, made: &Path) {
        for (name, mode) in BELOW {
            let folder = self.root.join(name);
            if folder.starts_with(made) && folder.is_dir() {
                // Gone again at once, or watched already.
                let _ = self.watcher.watch(&folder, mode);
            }
        }
    }

    /// Waits for a source that changed.
    async fn source(&mut self) -> PathBuf {
        loop {
            let Some(path) = self.changed.recv().await else {
                // The watcher lives as long as this does and holds the sender.
                return std::future::pending().await;
            };
            self.follow(&path);
            if is_source(&self.root, &path) {
                return path;
            }
        }
    }

    /// Waits for the next change, until the editor is quiet.
    pub(super) async fn next(&mut self) -> Change {
        let mut paths = vec![self.source().await];
        while let Ok(path) = tokio::time::timeout(QUIET, self.source()).await {
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

/// Whether a change is one of the source, or makes the folder in which pages will be.
fn matters(root: &Path, path: &Path) -> bool {
    is_source(root, path)
        || path
            .strip_prefix(root)
            .is_ok_and(|below| below == Path::new(SCRIPT_ROOT))
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

    #[tokio::test]
    async fn folders_that_are_made_later_are_watched_too() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("src")).unwrap();
        let mut changes = Changes::of(&root).unwrap();
        let mut next = async || {
            let patience = Duration::from_secs(20);
            let change = tokio::time::timeout(patience, changes.next()).await;
            change.expect("the change is noticed")
        };
        std::fs::create_dir_all(root.join(PAGES)).unwrap();
        // Made so fast, the folder of the pages may be there before its parent is watched: that is not a change yet.
        std::fs::write(root.join("src/lib.rs"), "").unwrap();
        assert!(next().await.rebuilds);
        let page = Path::new(PAGES).join("index.html");
        std::fs::write(root.join(&page), "").unwrap();
        let (path, rebuilds) = (page, false);
        assert_eq!(next().await, Change { path, rebuilds });
    }

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
