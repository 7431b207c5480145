//! What a full disk leaves of a file that is written anew: what was there before.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `sio azure init` in a project. `limit` is what a shell does before.
fn init(project: &Path, limit: &str) -> Output {
    Command::new("bash")
        .args(["-c", &format!("{limit} exec \"$0\" azure init --force")])
        .arg(env!("CARGO_BIN_EXE_sio"))
        .current_dir(project)
        .output()
        .unwrap()
}

#[test]
fn a_full_disk_leaves_the_templates_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path();
    fs::create_dir_all(project.join("src")).unwrap();
    fs::create_dir(project.join("function-app")).unwrap();
    for (name, text) in [
        (
            "Cargo.toml",
            "[package]\nname = \"tiny\"\nedition = \"2024\"\n\n[workspace]\n",
        ),
        ("src/main.rs", "fn main() {}\n"),
        ("host.json", "{\"version\": \"2.0\"}"),
    ] {
        fs::write(project.join(name), text).unwrap();
    }
    let written = init(project, "");
    assert!(written.status.success(), "{written:?}");
    let guide = project.join("infra/README.md");
    assert!(fs::metadata(&guide).unwrap().len() > 4096);

    fs::write(&guide, "mine").unwrap();
    // A file of more than 4 KiB cannot be written.
    let full = init(project, "trap '' XFSZ && ulimit -f 4 &&");
    let said = String::from_utf8(full.stderr).unwrap();
    assert_eq!(full.status.code(), Some(1), "{said}");
    assert!(said.contains("infra/README.md"), "{said}");
    assert_eq!(fs::read_to_string(&guide).unwrap(), "mine");
    for entry in fs::read_dir(project.join("infra")).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(!name.to_string_lossy().starts_with('.'), "{name:?}");
    }
}
