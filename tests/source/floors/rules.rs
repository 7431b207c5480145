//! The rules, each from a package to what breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::circles::circles;
use crate::package::Package;

/// Circles of files, and of the modules that the root declares.
pub(crate) fn circles_of(package: &Package) -> (Vec<BTreeSet<PathBuf>>, Vec<BTreeSet<String>>) {
    let uses = package.uses();
    let files = uses
        .iter()
        .filter(|used| !package.is_around(&used.to, &used.from))
        .map(|used| (used.from.clone(), used.to.clone()))
        .collect();
    let rooms = uses
        .iter()
        .filter_map(|used| Some((package.room_of(&used.from)?, package.room_of(&used.to)?)))
        .filter(|(from, to)| from != to)
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .collect();
    (circles(&files), circles(&rooms))
}

/// A circle with the paths that close it.
pub(crate) fn describe(package: &Package, circle: &BTreeSet<PathBuf>) -> String {
    let mut closing = BTreeMap::new();
    for used in package.uses() {
        let inside = circle.contains(&used.from) && circle.contains(&used.to);
        if inside && !package.is_around(&used.to, &used.from) {
            closing.insert((&used.from, &used.to), &used.by);
        }
    }
    let lines = closing
        .iter()
        .map(|((from, to), by)| format!("\n  {} uses {} ({by})", from.display(), to.display()));
    format!("circle of files:{}", lines.collect::<String>())
}

/// The number of a module's floor, counted from the top.
pub(crate) fn floor_of(floors: &[&[&str]], module: &str) -> Option<usize> {
    floors.iter().position(|floor| floor.contains(&module))
}

/// Every use of a higher floor.
pub(crate) fn upward(package: &Package, floors: &[&[&str]]) -> Vec<String> {
    let mut found = Vec::new();
    for used in package.uses() {
        let floor = |file: &Path| {
            package
                .room_of(file)
                .and_then(|room| floor_of(floors, room))
        };
        if let (Some(from), Some(to)) = (floor(&used.from), floor(&used.to))
            && to < from
        {
            found.push(format!(
                "{} uses {}, which is above it",
                used.from.display(),
                used.by
            ));
        }
    }
    found
}

/// Every mention of a forbidden path.
pub(crate) fn mentions(package: &Package, forbidden: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (file, path) in package.mentions() {
        for word in forbidden {
            let segments: Vec<_> = word.split("::").collect();
            if path
                .windows(segments.len())
                .any(|window| window == segments)
            {
                found.push(format!("{} mentions {}", file.display(), path.join("::")));
            }
        }
    }
    found
}
