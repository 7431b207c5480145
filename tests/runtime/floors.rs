//! The inner floors of the library: a lower one never imports an upper one.

use std::path::Path;

/// From top to bottom; modules of one floor may know each other.
const FLOORS: [&[&str]; 7] = [
    &["run", "testing"],
    &["invocation", "webhook"],
    &["app"],
    &["extract", "reply", "negotiate"],
    &["handler"],
    &["io", "contract", "client", "telemetry"],
    &["settings"],
];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The modules above `module` that its code imports. Its documentation and its tests may name what they like.
fn violations(module: &str, code: &str) -> Vec<String> {
    let own = floor(module).unwrap_or_else(|| panic!("{module} is on no floor; add it to one"));
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().map(str::trim_start);
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("//")).collect();
    let code = lines.join("\n");
    let mut above = Vec::new();
    for rest in code.split("crate::").skip(1) {
        // `use crate::{a, b}` is no style of this house, and would slip through.
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let is_above = name.is_empty() || floor(&name).is_some_and(|found| found < own);
        if is_above {
            above.push(format!("{module} imports {name}"));
        }
    }
    above
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_floor_knows_those_above_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&source, &mut all);
    let mut found = Vec::new();
    let mut looked_at = 0;
    for path in all {
        let below = path.strip_prefix(&source).unwrap();
        let first = below.iter().next().unwrap().to_string_lossy();
        let module = first.trim_end_matches(".rs");
        if matches!(module, "lib" | "bin") {
            continue;
        }
        looked_at += 1;
        let code = std::fs::read_to_string(&path).unwrap();
        found.extend(violations(module, &code));
    }
    assert!(looked_at > 50, "{looked_at}");
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_violation_is_found() {
    assert_eq!(
        violations("handler", "use crate::app::App;\nuse crate::io::Io;"),
        ["handler imports app"]
    );
    assert_eq!(violations("io", "fn f() { crate::run::main() }").len(), 1);
    assert_eq!(violations("io", "use crate::{app, io};").len(), 1);
    assert!(
        violations(
            "app",
            "/// [`crate::run`]\n#[cfg(test)]\nuse crate::run::x;"
        )
        .is_empty()
    );
}
