//! Which packages the handler is made of: neither stand-in, one TLS stack, one of everything that is large.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::process::Command;

/// Names and versions of all packages in the handler's dependency tree.
fn tree() -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "socketio-functions",
            "--edges",
            "normal",
        ])
        .args([
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--locked",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let mut packages: Vec<String> = text
        .lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    packages.sort();
    packages.dedup();
    packages
}

#[test]
fn a_deployed_handler_contains_neither_stand_in() {
    for package in tree() {
        for stand_in in ["sio-emulator ", "sio-host ", "sio ", "tempfile "] {
            assert!(!package.starts_with(stand_in), "{package}");
        }
    }
}

#[test]
fn there_is_one_tls_stack_and_one_of_everything_large() {
    let tree = tree();
    let count = |name: &str| {
        let prefix = format!("{name} v");
        tree.iter()
            .filter(|package| package.starts_with(&prefix))
            .count()
    };
    for name in [
        "reqwest",
        "hyper",
        "http",
        "rustls",
        "aws-lc-rs",
        "tokio",
        "warp",
    ] {
        assert_eq!(count(name), 1, "{name}");
    }
    for name in ["openssl-sys", "native-tls", "ring"] {
        assert_eq!(count(name), 0, "{name}");
    }
}
