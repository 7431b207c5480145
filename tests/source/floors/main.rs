//! The floors of the house: which part of the source may use which, and that no two parts use each other.
//!
//! - **No circles.** The files of a crate use each other in one direction, and so do the modules that its root declares.
//!   A module may use what those around it declare (`super::`): parent and child count as one place.
//! - **Floors.** The runtime's modules stand above each other; each may use its own floor and those below.
//! - **Walls.** The stand-ins do not know the runtime, and the wire formats know no I/O and no clock.
//!
//! The source is parsed, not searched: nested and grouped imports, `super::`, re-exports, paths in code, in macros and in
//! attributes all count. Documentation and code for tests alone do not.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

mod circles;
mod package;
mod planted;
mod references;
mod rules;

use std::path::{Path, PathBuf};

use package::Package;
use source_rules::{files, root};

/// The floors of the runtime, top first. What is on no floor is not checked, so every module needs one.
const FLOORS: [&[&str]; 8] = [
    // The guide is documentation alone, and may show everything.
    &[
        "run",
        "testing",
        "guide",
        "prelude",
        "middleware",
        "deviations",
        "fuzzing",
    ],
    &["invocation", "webhook", "extension"],
    &["app"],
    &["extract", "reply", "negotiate"],
    &["handler"],
    &["io", "client", "telemetry", "issuer"],
    &["contract", "settings"],
    // They know nothing of the app: arguments as JSON, a value kept for a time, and two about JSON.
    &["arguments", "lease_cache", "json_net", "json_error"],
];

/// What functions from values to values do not need.
const PURE: &[&str] = &[
    "tokio",
    "hyper",
    "reqwest",
    "std::net",
    "std::fs",
    "std::env",
    "SystemTime",
    "Instant",
];

/// What the source of a crate must not mention.
const WALLS: [(&str, &[&str]); 6] = [
    ("crates/protocol/src", PURE),
    ("crates/routes/src", PURE),
    ("crates/trace/src", PURE),
    ("crates/net/src", &["sio_protocol", "socketio_functions"]),
    ("crates/emulator/src", &["socketio_functions", "sio_host"]),
    ("crates/host/src", &["socketio_functions", "sio_emulator"]),
];

/// The roots of all crates: libraries, programs, benchmarks and test programs, relative to the repository.
fn crates() -> Vec<PathBuf> {
    let mut found = files(&["rs"]);
    found.retain(|file| {
        let folder = file.parent().unwrap_or(Path::new(""));
        let alone = ["tests", "examples", "bin"]
            .iter()
            .any(|kind| folder.ends_with(kind));
        alone || file.ends_with("lib.rs") || file.ends_with("main.rs")
    });
    found
}

fn read(file: &Path) -> Package {
    let root = root();
    Package::read(file, &|path| std::fs::read_to_string(root.join(path)).ok())
}

#[test]
fn no_crate_has_a_circle() {
    let mut read_files = 0;
    let mut complaints = Vec::new();
    for root in crates() {
        let package = read(&root);
        read_files += package.files().len();
        let (files, rooms) = rules::circles_of(&package);
        for circle in files {
            let described = rules::describe(&package, &circle);
            complaints.push(format!("{}: {described}", root.display()));
        }
        for circle in rooms {
            let names: Vec<_> = circle.into_iter().collect();
            complaints.push(format!(
                "{}: circle of modules: {}",
                root.display(),
                names.join(", ")
            ));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(read_files > 300, "only {read_files} files were read");
}

#[test]
fn no_floor_of_the_runtime_uses_one_above_it() {
    let package = read(Path::new("src/lib.rs"));
    let found = rules::upward(&package, &FLOORS);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_module_of_the_runtime_has_a_floor() {
    let package = read(Path::new("src/lib.rs"));
    for module in package.rooms() {
        assert!(
            rules::floor_of(&FLOORS, module).is_some(),
            "the module {module} has no floor; give it one in FLOORS"
        );
    }
    for module in FLOORS.concat() {
        assert!(
            package.rooms().contains(module),
            "FLOORS names the module {module}, which does not exist"
        );
    }
}

#[test]
fn packages_stay_behind_their_walls() {
    for (folder, forbidden) in WALLS {
        let package = read(&Path::new(folder).join("lib.rs"));
        let found = rules::mentions(&package, forbidden);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
