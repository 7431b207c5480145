//! What the compiler says about a handler that does not fit.
//!
//! The messages are part of the product: each must name the argument and the kind of handler. `UPDATE=1` rewrites them;
//! read the difference before committing it.
//!
//! Each case is compiled against the library as `cargo build` leaves it. `trybuild` compiles every dependency once more,
//! for four minutes, and `ui_test` brings thirty packages.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

const CASES: &str = "tests/ui/cases";

#[test]
fn mistakes_are_named() {
    let library = library();
    let mut differing = Vec::new();
    let mut number = 0;
    for entry in std::fs::read_dir(CASES).unwrap() {
        let case = entry.unwrap().path();
        if case.extension().is_some_and(|kind| kind == "rs") {
            number += 1;
            differing.extend(difference(&case, &library));
        }
    }
    assert!(number > 0, "{CASES} has no case");
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// How the compiler's words about a case differ from those that were reviewed.
fn difference(case: &Path, library: &Path) -> Option<String> {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--emit=metadata", "--color=never"])
        .arg("--out-dir")
        .arg(env!("CARGO_TARGET_TMPDIR"))
        .arg("--extern")
        .arg(format!("socketio_functions={}", library.display()))
        .arg("-L")
        .arg(format!(
            "dependency={}",
            library.with_file_name("deps").display()
        ))
        .arg(case)
        .output()
        .unwrap();
    assert!(!output.status.success(), "{} compiles", case.display());
    let said = normalized(&String::from_utf8(output.stderr).unwrap());
    let reviewed = case.with_extension("stderr");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(reviewed, said).unwrap();
        return None;
    }
    let expected = std::fs::read_to_string(&reviewed).unwrap_or_default();
    (said != expected).then(|| {
        format!(
            "{} differs; the compiler says now:\n{said}",
            reviewed.display()
        )
    })
}

/// The words without what moves with every change of the library: its line numbers, and the width of the margin.
fn normalized(stderr: &str) -> String {
    let mut text = String::new();
    // Where the compiler has put a name that is too long for a line, in this machine's folders.
    let long_name = |line: &&str| {
        line.contains("the full name for the type has been written to")
            || line.contains("consider using `--verbose` to print the full type name")
    };
    for line in stderr.lines().filter(|line| !long_name(line)) {
        let said = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
        let margin = line[..line.len() - said.len()].trim();
        let line = match said.split_once(' ').unwrap_or((said, "")) {
            ("-->", place) => {
                let place = place.replace('\\', "/");
                let is_case = place.starts_with(CASES);
                let file = place.split(':').next().unwrap_or(&place);
                format!("  --> {}", if is_case { &place } else { file })
            }
            ("|" | "=", _) if margin.is_empty() => format!("   {said}"),
            ("|", _) => format!("LL {said}"),
            _ => line.to_owned(),
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Where the library is, compiled.
fn library() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--message-format=json"])
        .args(["--package", env!("CARGO_PKG_NAME"), "--lib"])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the library does not build");
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let messages = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let mut files = messages
        .filter(|message| message["target"]["name"] == "socketio_functions")
        .filter_map(|message| message["filenames"].as_array().cloned())
        .flatten()
        .filter_map(|file| file.as_str().map(PathBuf::from));
    let is_library = |file: &PathBuf| file.extension().is_some_and(|kind| kind == "rlib");
    files.find(is_library).unwrap()
}
