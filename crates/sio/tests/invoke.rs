//! `sio invoke` as a person interrupts it.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// A project whose handler holds `alive` open for as long as it runs, and never serves.
fn project(root: &Path) {
    for directory in ["src", "function-app/index"] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    let write = |file: &str, text: &str| fs::write(root.join(file), text).unwrap();
    write(
        "Cargo.toml",
        "[package]\nname = \"deaf\"\nedition = \"2024\"\n\n[workspace]\n",
    );
    write("src/main.rs", "fn main() {}\n");
    let host = r#"{"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "handler"}}}"#;
    write("host.json", host);
    write("function-app/host.json", host);
    write(
        "function-app/index/function.json",
        r#"{"bindings": [{"type": "httpTrigger", "name": "req"}, {"type": "http", "direction": "out", "name": "res"}]}"#,
    );
    let alive = root.join("alive");
    assert!(
        Command::new("mkfifo")
            .arg(&alive)
            .status()
            .unwrap()
            .success()
    );
    write(
        "function-app/handler",
        &format!(
            "#!/bin/sh\nexec 3>'{}'\necho up >&3\nexec sleep 300\n",
            alive.display()
        ),
    );
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(root.join("function-app/handler"), mode).unwrap();
}

#[test]
fn an_interrupted_invocation_leaves_no_handler() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let root = tempfile::tempdir().unwrap();
        project(root.path());
        let alive = root.path().join("alive");
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut pipe = File::open(alive).unwrap();
            let mut first = [0; 3];
            pipe.read_exact(&mut first).unwrap();
            sender.send(()).unwrap();
            // Ends when no process holds the other end any more.
            pipe.read_to_end(&mut Vec::new()).unwrap();
            sender.send(()).unwrap();
        });
        let child = Command::new(env!("CARGO_BIN_EXE_sio"))
            .args(["invoke", "index"])
            .current_dir(root.path())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        receiver.recv_timeout(LIMIT).expect("the handler starts");
        let id = child.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(status.success());
        receiver.recv_timeout(LIMIT).expect("the handler ends");
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{signal}: {said}");
        assert!(
            said.contains("stopped before it was done"),
            "{signal}: {said}"
        );
    }
}
