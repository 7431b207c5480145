//! Waiting for changes of the files that make the host start again.
//!
//! They are few, so they are looked at twice a second; that works on every file system, network shares included.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::front::Context;
use crate::reload::Loads;
use crate::snapshot::{Snapshot, snapshot};

const INTERVAL: Duration = Duration::from_millis(500);

/// Watches until it is dropped. What changed since the app was loaded counts.
pub(crate) async fn run(loads: Arc<Loads>) {
    let mut seen = loads.loaded_from();
    loop {
        tokio::time::sleep(INTERVAL).await;
        let mut now = look(&loads.current()).await;
        if now == seen {
            continue;
        }
        // The writer may not be done.
        loop {
            tokio::time::sleep(INTERVAL).await;
            let later = look(&loads.current()).await;
            if later == now {
                break;
            }
            now = later;
        }
        let root = loads.loader().root();
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
