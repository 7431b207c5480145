//! The floors of the house: which part of the source may use which.
//!
//! Inside the root package, from the top down: run · testing / invocation · webhook · extension / app / extract · reply ·
//! negotiate / handler / io · client · telemetry / contract · settings · renewed · json_net · malformed. A file may use its
//! own floor and those below. The packages under `crates/` have walls too: the stand-ins never use the runtime, and the
//! wire formats know no I/O and no clock. Only the tool knows both sides.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::path::{Path, PathBuf};

/// The floors of the root package, top first.
const FLOORS: [&[&str]; 7] = [
    // The guide is documentation alone, and may show everything.
    &["run", "testing", "guide"],
    &["invocation", "webhook", "extension"],
    &["app"],
    &["extract", "reply", "negotiate"],
    &["handler"],
    &["io", "client", "telemetry"],
    // The last three know nothing of Socket.IO: a value kept for a time, and two about JSON.
    &["contract", "settings", "renewed", "json_net", "malformed"],
];

/// What the source of a package must not mention.
const WALLS: [(&str, &[&str]); 4] = [
    (
        "crates/protocol/src",
        &[
            "tokio",
            "hyper",
            "reqwest",
            "std::net",
            "std::fs",
            "std::env",
            "SystemTime",
            "Instant::now",
        ],
    ),
    ("crates/net/src", &["sio_protocol", "socketio_functions"]),
    ("crates/emulator/src", &["socketio_functions", "sio_host"]),
    ("crates/host/src", &["socketio_functions", "sio_emulator"]),
];

/// Only documentation may go up: a link to a type above is no dependency.
const DOCUMENTED: &[&str] = &["//"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    DOCUMENTED.iter().any(|mark| line.starts_with(mark))
}

/// The modules that a source line takes from `crate::`, grouped imports included.
fn used(line: &str) -> Vec<&str> {
    let word = |text: &str| {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        text[..end.unwrap_or(text.len())].len()
    };
    let mut modules = Vec::new();
    for (at, found) in line.match_indices("crate::") {
        let rest = &line[at + found.len()..];
        match rest.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0;
                for part in group.split_inclusive([',', '{', '}']) {
                    let name = part.trim_start();
                    if depth == 0 && !name.is_empty() {
                        modules.push(&name[..word(name)]);
                    }
                    depth += part.matches('{').count() as i32 - part.matches('}').count() as i32;
                    if depth < 0 {
                        break;
                    }
                }
            }
            None => modules.push(&rest[..word(rest)]),
        }
    }
    modules
}

/// Every use of a higher floor in a file of the module `module`.
fn upward(module: &str, text: &str) -> Vec<String> {
    let Some(own) = floor_of(module) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if is_comment(line) {
            continue;
        }
        for used in used(line) {
            if floor_of(used).is_some_and(|floor| floor < own) {
                found.push(format!(
                    "line {}: {module} uses {used}, which is above it",
                    number + 1
                ));
            }
        }
    }
    found
}

/// Every mention of a forbidden word.
fn mentions(words: &[&str], text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let hit = words.iter().find(|word| line.contains(*word));
        if let (Some(word), false) = (hit, is_comment(line)) {
            found.push(format!("line {}: {word}", number + 1));
        }
    }
    found
}

#[test]
fn no_floor_of_the_runtime_uses_one_above_it() {
    let source = root().join("src");
    let mut checked = 0;
    for path in sources(&source) {
        let below = path.strip_prefix(&source).unwrap();
        let first = below
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy();
        let module = first.trim_end_matches(".rs");
        let text = std::fs::read_to_string(&path).unwrap();
        let found = upward(module, &text);
        assert!(
            found.is_empty(),
            "{}:\n{}",
            below.display(),
            found.join("\n")
        );
        checked += usize::from(floor_of(module).is_some());
    }
    assert!(
        checked > 20,
        "only {checked} files were on any floor: have modules been renamed?"
    );
}

#[test]
fn every_module_of_the_runtime_has_a_floor() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for line in lib.lines() {
        let line = line.trim_start_matches("pub ");
        if let Some(module) = line
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(';'))
        {
            assert!(
                floor_of(module).is_some(),
                "module {module} is on no floor; give it one here"
            );
        }
    }
}

#[test]
fn packages_stay_behind_their_walls() {
    for (directory, words) in WALLS {
        for path in sources(&root().join(directory)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let found = mentions(words, &text);
            assert!(
                found.is_empty(),
                "{}:\n{}",
                path.display(),
                found.join("\n")
            );
        }
    }
}

#[test]
fn a_planted_violation_is_found() {
    assert_eq!(upward("io", "use crate::app::App;").len(), 1);
    assert_eq!(
        upward("handler", "use crate::{settings, webhook::Webhook};").len(),
        1
    );
    assert_eq!(upward("settings", "    crate::client::now()").len(), 1);
    assert_eq!(upward("client", "use crate::{io::Action, run};").len(), 1);
    assert!(upward("io", "/// See [`App`](crate::app::App).").is_empty());
    assert!(upward("app", "use crate::handler::{Function, Kind};").is_empty());
    assert!(upward("app", "use crate::{handler::{webhook, Kind}, settings};").is_empty());
    let (_, words) = WALLS[0];
    assert_eq!(mentions(words, "use tokio::time;\n// tokio").len(), 1);
}
