//! Which files make the host start again, and when they changed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::front::Context;

/// Files of a watched folder beyond this number are not looked at.
const MOST: usize = 10_000;

/// When each file was changed last, and how long it is.
pub(crate) type Snapshot = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

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
    add(root.join("local.settings.json"));
    if let Some(handler) = &context.app.config.handler {
        let folder = handler.worker_directory.as_deref().unwrap_or_default();
        add(root.join(folder).join(&handler.executable));
        // The script of an interpreter, such as `node handler.js`, and what it may import: its siblings in that language.
        for argument in handler.arguments.iter().chain(&handler.worker_arguments) {
            for word in argument.split_whitespace() {
                let script = root.join(folder).join(word.trim_matches('"'));
                if let (Some(folder), Some(kind)) = (script.parent(), script.extension())
                    && script.is_file()
                {
                    let mut add = |path: PathBuf| {
                        if path.extension() == Some(kind) {
                            add(path);
                        }
                    };
                    files_of(folder, &mut add, 0);
                } else {
                    add(script);
                }
            }
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
            for entry in entries
                .flatten()
                .filter(|entry| !is_foreign(&entry.file_name()))
            {
                files_of(&entry.path(), add, depth + 1);
            }
        }
        Err(_) => add(path.to_owned()),
    }
}

/// Whether a name below a watched folder is that of packages or of a tool's own files.
fn is_foreign(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name == "node_modules" || name == "__pycache__" || name.starts_with('.')
}
