//! What commands say when something is missing or wrong, whole, as a person sees it.
//! `UPDATE=1 cargo test -p socketio-functions-cli --test output` rewrites the files.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A place for one command, with a project of one file in `app`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "app/Cargo.toml",
        "[package]\nname = \"app\"\nedition = \"2024\"\n\n[workspace]\n",
    );
    write("app/src/main.rs", "fn main() {}\n");
    write(
        "app/host.json",
        r#"{"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "./handler"}}}"#,
    );
    write(
        "app/function-app/local.settings.json",
        r#"{"Values": {"WebPubSubForSocketIOConnectionString": "Endpoint=http://localhost:1;AccesKey=s3cret"}}"#,
    );
    write("staged/src/main.rs", "fn main() {}\n");
    write(
        "staged/Cargo.toml",
        "[package]\nname = \"staged\"\nedition = \"2024\"\n\n[workspace]\n",
    );
    write("staged/host.json", "{}");
    write("staged/function-app/host.json", "{ \"version\": \"1.0\" }");
    write(
        "broken/host.json",
        "{ \"version\": \"2.0\",\n  \"customHandler\": [ }",
    );
    write("wrong.toml", "port = 8080\nprot = 1\n");
    folder
}

/// The command line, its exit code, and what stands on stdout and stderr.
fn transcript(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sio"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("WebPubSubForSocketIOConnectionString")
        .env_remove("RUST_LOG")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let real = folder.canonicalize().unwrap();
        let text = text.replace(&*real.to_string_lossy(), "/here");
        text.replace(&*folder.to_string_lossy(), "/here")
    };
    format!(
        "$ sio {}\nexit code: {}\n\nstdout:\n{}\nstderr:\n{}",
        arguments.join(" "),
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr)
    )
}

const CASES: &[(&str, &[&str])] = &[
    ("new", &["new", "my-chat"]),
    ("new_azure", &["new", "my-chat", "--azure"]),
    ("new_taken", &["new", "app"]),
    ("new_illegal", &["new", "1chat"]),
    ("dev_nowhere", &["dev", "--project", "nowhere"]),
    ("dev_no_project", &["dev", "--project", "broken"]),
    (
        "dev_connection",
        &[
            "dev",
            "--project",
            "app",
            "--port",
            "0",
            "--connection",
            "AccessKey=s3cret",
        ],
    ),
    ("host_nowhere", &["host", "nowhere", "--port", "0"]),
    ("host_broken", &["host", "broken", "--port", "0"]),
    ("host_no_file", &["host", "app/src", "--port", "0"]),
    (
        "emulator_config",
        &["emulator", "--port", "0", "--config", "wrong.toml"],
    ),
    (
        "emulator_health",
        &["emulator", "--health", "http://localhost:1"],
    ),
    (
        "doctor",
        &["doctor", "--project", "app", "--app", "http://localhost:1"],
    ),
    (
        "doctor_connection",
        &[
            "doctor",
            "--project",
            "app",
            "--app",
            "http://localhost:1",
            "--connection",
            "Endpoint=http://localhost:1;AccessKey=s3cret;",
        ],
    ),
    ("invoke_not_staged", &["invoke", "chat", "--project", "app"]),
    ("invoke_broken", &["invoke", "chat", "--project", "staged"]),
    ("replay_no_recording", &["replay", "app/host.json"]),
    (
        "replay_pointer",
        &["replay", "app/host.json", "--ignore", "id"],
    ),
    (
        "send_wrong_connection",
        &[
            "send",
            "--hub",
            "hub",
            "--connection",
            "Endpoint=http://localhost:1",
            "news",
        ],
    ),
    ("verify_unknown_point", &["verify", "--skip", "D99"]),
    ("verify_wrong_url", &["verify", "--url", "probe.example"]),
    (
        "verify_wrong_connection",
        &["verify", "--connection", "AccessKey=s3cret"],
    ),
];

#[test]
fn what_is_said_is_as_it_was_reviewed() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/output");
    let update = std::env::var_os("UPDATE").is_some();
    let mut outdated = Vec::new();
    for (name, arguments) in CASES {
        let folder = folder();
        let text = transcript(folder.path(), arguments);
        let said = text.split("exit code:").nth(1).unwrap_or_default();
        assert!(!said.contains("s3cret"), "a key is shown: {text}");
        let path = directory.join(format!("{name}.txt"));
        if update {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != text {
            outdated.push(format!("{}:\n{text}", path.display()));
        }
    }
    assert!(
        outdated.is_empty(),
        "out of date; UPDATE=1 rewrites them\n{}",
        outdated.join("\n")
    );
}

#[test]
fn no_error_shows_a_key() {
    let folder = folder();
    for arguments in [
        &["emulator", "--key", "s3cret;"][..],
        &[
            "emulator",
            "--secondary-key",
            "Endpoint=x;AccessKey=s3cret;",
        ],
        &[
            "emulator",
            "--endpoint",
            "Endpoint=http://a;AccessKey=s3cret;",
        ],
        &["emulator", "--endpoint", "http://user:s3cret@localhost"],
        &["dev", "--endpoint", "Endpoint=http://a;AccessKey=s3cret;"],
        &["connect", "--hub", "hub", "--auth", "{\"token\":\"s3cret\""],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_sio"))
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(arguments[arguments.len() - 2]), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}
