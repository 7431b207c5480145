//! What the checks of this repository's own source share. The checks themselves are tests: `floors`, `citations`, `words`.

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

/// The repository's folder.
///
/// # Panics
///
/// Only if this package has moved.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2);
    root.unwrap_or_else(|| panic!("{}: not below tests/", here.display()))
        .to_path_buf()
}

/// The repository's files with one of these extensions, relative to [`root`] and in order. What git ignores is left out.
///
/// # Panics
///
/// If a folder cannot be read.
#[must_use]
pub fn files(extensions: &[&str]) -> Vec<PathBuf> {
    let root = root();
    let mut found = Vec::new();
    for entry in WalkBuilder::new(&root)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
    {
        let entry = entry.unwrap_or_else(|error| panic!("{error}"));
        let path = entry.path().strip_prefix(&root).unwrap_or(entry.path());
        let wanted = path
            .extension()
            .is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted));
        if wanted {
            found.push(path.to_path_buf());
        }
    }
    found.sort();
    found
}

/// Every Markdown file that people read, below [`root`]: not those of fixtures and of hidden folders.
///
/// # Panics
///
/// If a folder cannot be read.
#[must_use]
pub fn pages() -> Vec<PathBuf> {
    let mut found = files(&["md"]);
    found.retain(|page| {
        let mut parts = page.iter().filter_map(|part| part.to_str());
        parts.all(|part| part != "fixtures" && !part.starts_with('.'))
    });
    found.iter().map(|page| root().join(page)).collect()
}

/// The text of a file of the repository.
///
/// # Panics
///
/// If it cannot be read.
#[must_use]
pub fn text(file: &Path) -> String {
    std::fs::read_to_string(root().join(file))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Joins the lines of a comment, so that a sentence can be found although it is wrapped. Gives for each byte of the result
/// the number of its line.
#[must_use]
pub fn joined(text: &str) -> (String, Vec<usize>) {
    let mut joined = String::new();
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let marks = ["//!", "///", "//", "#", "*"];
        let line = marks
            .iter()
            .find_map(|mark| line.strip_prefix(mark))
            .unwrap_or(line);
        joined.push_str(line.trim());
        joined.push(' ');
        lines.resize(joined.len(), number + 1);
    }
    (joined, lines)
}
