//! `sio stage` for another machine, with a stand-in for `cargo-zigbuild`: what is asked of it, and what becomes of the
//! binary that it makes.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

const TARGET: &str = "x86_64-unknown-linux-gnu.2.28";

/// A project of one file without dependencies, and a `cargo-zigbuild` that hands out a binary made before.
struct Stage {
    folder: TempDir,
}

impl Stage {
    fn new(foreign: &[u8]) -> Self {
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let fixture =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/tiny/main.rs");
        for directory in ["project/src", "project/function-app/public", "bin"] {
            fs::create_dir_all(stage.at(directory)).unwrap();
        }
        fs::copy(fixture, stage.at("project/src/main.rs")).unwrap();
        stage.write(
            "project/Cargo.toml",
            "[package]\nname = \"tiny\"\nedition = \"2024\"\n\n[workspace]\n",
        );
        stage.host("handler");
        stage.write("project/function-app/public/index.html", "<p>hello");
        stage.write("project/function-app/.funcignore", "*.md\n");
        stage.write("project/function-app/public/notes.md", "mine");
        stage.write("project/local.settings.json", "{\"IsEncrypted\": false}");
        fs::write(stage.at("foreign"), foreign).unwrap();
        let message = json!({
            "reason": "compiler-artifact",
            "target": {"name": "tiny"},
            "executable": stage.at("foreign"),
        });
        stage.write(
            "bin/cargo-zigbuild",
            &format!(
                "#!/bin/sh\necho \"$@\" >'{}'\necho '{message}'\n",
                stage.at("asked").display()
            ),
        );
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(stage.at("bin/cargo-zigbuild"), mode).unwrap();
        stage
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    fn host(&self, executable: &str) {
        let host = json!({
            "version": "2.0",
            "customHandler": {"description": {"defaultExecutablePath": executable}}
        });
        self.write("project/host.json", &host.to_string());
    }

    /// Exit code and what was said.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.run_to("out", arguments)
    }

    fn run_to(&self, out: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let path = std::env::var("PATH").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_sio"))
            .args(["stage", "--release", "--target", TARGET, "--out", out])
            .arg("--project")
            .arg(self.at("project"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .env("CARGO_TARGET_DIR", self.at("target"))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    }
}

/// The head of a 64-bit program for Linux on x86-64, which needs no glibc.
fn linux() -> Vec<u8> {
    let mut head = vec![0; 64];
    head[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1]);
    head[16..20].copy_from_slice(&[3, 0, 62, 0]);
    head[20] = 1;
    head[52] = 64;
    head
}

#[test]
fn a_foreign_target_takes_its_manifest_from_this_machine_and_its_binary_from_zig() {
    let stage = Stage::new(&linux());
    let (code, said) = stage.run(&["--zip", "app.zip"]);
    assert_eq!(code, Some(0), "{said}");
    let asked = fs::read_to_string(stage.at("asked")).unwrap();
    assert!(asked.contains(&format!("--target {TARGET}")), "{asked}");
    assert!(
        asked.contains("--release") && asked.contains("--bin tiny"),
        "{asked}"
    );
    assert_eq!(fs::read(stage.at("out/handler")).unwrap(), linux());
    let mode = fs::metadata(stage.at("out/handler"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o755);

    let mut archive = zip::ZipArchive::new(fs::File::open(stage.at("app.zip")).unwrap()).unwrap();
    let mut entries: Vec<(String, u32)> = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).unwrap();
        entries.push((
            entry.name().unwrap().into_owned(),
            entry.unix_mode().unwrap() & 0o777,
        ));
    }
    // The fixture's own manifest, so this machine's build was asked; nothing that stays at home.
    let expected = [
        ("handler", 0o755),
        ("host.json", 0o644),
        ("public/index.html", 0o644),
        ("socketio/function.json", 0o644),
        ("version/function.json", 0o644),
    ];
    assert_eq!(
        entries,
        expected.map(|(name, mode)| (name.to_owned(), mode))
    );
    assert!(said.contains("packed 5 files"), "{said}");
}

#[test]
fn what_would_not_start_in_azure_is_not_packed_unless_told_to() {
    let stage = Stage::new(b"MZ\x90\0");
    let (code, said) = stage.run(&["--zip", "app.zip"]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("a Windows program") && said.contains("--any-binary"),
        "{said}"
    );
    assert!(!stage.at("app.zip").exists());
    let (code, said) = stage.run(&["--zip", "app.zip", "--any-binary"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(stage.at("app.zip").is_file());
}

#[test]
fn an_executable_that_host_json_names_in_another_way_is_not_packed() {
    let stage = Stage::new(&linux());
    stage.host("./handler");
    let (code, said) = stage.run(&["--zip", "app.zip"]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("\"./handler\"") && said.contains("without \"./\""),
        "{said}"
    );
    assert!(!stage.at("app.zip").exists());
}

#[test]
fn without_zig_the_remedy_is_named() {
    let stage = Stage::new(&linux());
    fs::remove_file(stage.at("bin/cargo-zigbuild")).unwrap();
    stage.write("bin/cargo-zigbuild", "#!/bin/sh\nexit 1\n");
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(stage.at("bin/cargo-zigbuild"), mode).unwrap();
    let (code, said) = stage.run(&[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("cargo install cargo-zigbuild"), "{said}");
}

#[test]
fn staging_into_its_own_script_root_keeps_public() {
    let stage = Stage::new(&linux());
    let page = stage.at("project/function-app/public/index.html");
    std::os::unix::fs::symlink(stage.at("project"), stage.at("link")).unwrap();
    for out in ["project/function-app", "project/../link/function-app"] {
        let (code, said) = stage.run_to(out, &[]);
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(fs::read_to_string(&page).unwrap(), "<p>hello", "{out}");
        assert!(stage.at("project/function-app/handler").is_file());
    }
}

#[test]
fn a_directory_with_files_that_staging_would_destroy_is_refused() {
    let stage = Stage::new(&linux());
    fs::create_dir_all(stage.at("site/public")).unwrap();
    stage.write("site/public/index.html", "another page");
    for (out, reason) in [
        ("project/function-app/public/azure", "which is copied"),
        ("project", "it contains the project"),
        (".", "it contains the project"),
        ("site", "not a script root"),
    ] {
        let (code, said) = stage.run_to(out, &[]);
        assert_eq!(code, Some(1), "{out}");
        assert!(said.contains(reason) && said.contains("hint: "), "{said}");
    }
    assert!(!stage.at("project/function-app/public/azure").exists());
    assert!(stage.at("site/public/index.html").is_file());
}

#[test]
fn another_script_root_has_the_authors_files_as_they_are_now() {
    let stage = Stage::new(&linux());
    fs::create_dir_all(stage.at("project/function-app/bin")).unwrap();
    stage.write("project/function-app/extensions.csproj", "<Project/>");
    stage.write("project/function-app/bin/extensions.json", "{}");
    stage.write("project/function-app/public/old.html", "old");
    let (code, said) = stage.run(&[]);
    assert_eq!(code, Some(0), "{said}");
    for name in [
        ".funcignore",
        "extensions.csproj",
        "bin/extensions.json",
        "public/old.html",
    ] {
        assert!(stage.at("out").join(name).is_file(), "{name}");
    }
    assert!(!said.contains("differs"), "{said}");

    fs::remove_file(stage.at("project/function-app/public/old.html")).unwrap();
    stage.write("project/local.settings.json", "{\"IsEncrypted\": false }");
    let (code, said) = stage.run(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!stage.at("out/public/old.html").exists());
    assert!(stage.at("out/public/index.html").is_file());
    assert!(
        said.contains("local.settings.json in out differs from the project's; it was not replaced"),
        "{said}"
    );
}
