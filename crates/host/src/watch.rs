//! Which files make the host start again, and when they changed.
//!
//! They are few, so they are looked at twice a second; that works on every file system, network shares included.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::front::Context;
use crate::reload::Loads;

const INTERVAL: Duration = Duration::from_millis(500);
/// Files of a watched folder beyond this number are not looked at.
const MOST: usize = 10_000;

/// When each file was changed last, and how long it is.
pub(crate) type Snapshot = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Watches until it is dropped. What changed since the app was loaded counts.
pub(crate) async fn run(loads: Arc<Loads>) {
    let mut seen = loads.loaded_from();
    loop {
        tokio::time::sleep(INTERVAL).await;
        let mut now = look(&loads.current()).await;
        if now == seen {
            continue;
        }
        // Whoever writes may not be done.
        loop {
            tokio::time::sleep(INTERVAL).await;
            let later = look(&loads.current()).await;
            if later == now {
                break;
            }
            now = later;
        }
        let root = &loads.loader().root;
        let files = changed(&seen, &now, root);
        if !files.is_empty() {
            loads.reload_and_report(files).await;
        }
        // The new app may watch other files. What changed after it was loaded shows in the next round.
        let states = loads.loaded_from().into_iter();
        seen = states
            .map(|(path, state)| {
                let before = now.remove(&path).unwrap_or(state);
                (path, before)
            })
            .collect();
    }
}

fn changed(before: &Snapshot, after: &Snapshot, root: &Path) -> Vec<String> {
    let paths = before.keys().chain(after.keys());
    let mut files: Vec<String> = paths
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| {
            let short = path.strip_prefix(root).unwrap_or(path);
            short.display().to_string()
        })
        .collect();
    files.sort();
    files.dedup();
    files
}

async fn look(context: &Arc<Context>) -> Snapshot {
    let context = context.clone();
    let looking = tokio::task::spawn_blocking(move || snapshot(&context));
    looking.await.unwrap_or_default()
}

/// The watched files of an app as they are.
pub(crate) fn snapshot(context: &Context) -> Snapshot {
    let root = &context.app.root;
    let mut found = Snapshot::new();
    let mut add = |path: PathBuf| {
        if let Ok(metadata) = std::fs::metadata(&path)
            && metadata.is_file()
            && found.len() < MOST
        {
            found.insert(path, (metadata.modified().ok(), metadata.len()));
        }
    };
    add(root.join("host.json"));
    let folders = std::fs::read_dir(root).into_iter().flatten().flatten();
    for folder in folders {
        add(folder.path().join("function.json"));
    }
    for name in &context.app.config.watched {
        files_of(&root.join(name), &mut add, 0);
    }
    if !context.options.faithful {
        add(root.join("local.settings.json"));
        if let Some(handler) = &context.app.config.handler {
            let folder = handler.worker_directory.as_deref().unwrap_or_default();
            add(root.join(folder).join(&handler.executable));
        }
    }
    found
}

/// A file, or all files of a folder.
fn files_of(path: &Path, add: &mut impl FnMut(PathBuf), depth: usize) {
    // Deeper than any sensible folder: a link that leads back.
    if depth > 32 {
        return;
    }
    match std::fs::read_dir(path) {
        Ok(entries) => {
            for entry in entries.flatten() {
                files_of(&entry.path(), add, depth + 1);
            }
        }
        Err(_) => add(path.to_owned()),
    }
}
