//! The help of every command, as it is shown. `UPDATE=1 cargo test -p socketio-functions-cli --test help` rewrites the files.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

use std::path::PathBuf;
use std::process::Command;

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sio"))
        .args(arguments)
        .arg("--help")
        // The width and the defaults must not depend on who runs the test.
        .env_clear()
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty(), "help is data");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that the general help lists, but for `help` itself.
fn commands(general: &str) -> Vec<&str> {
    let listed = general
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1);
    listed
        .map_while(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

#[test]
fn help_is_as_it_was_reviewed() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    let general = help(&[]);
    let mut texts = vec![("sio".to_owned(), general.clone())];
    for command in commands(&general) {
        let text = help(&[command]);
        // A command may have commands of its own.
        for inner in commands(&text) {
            texts.push((format!("{command}-{inner}"), help(&[command, inner])));
        }
        texts.push((command.to_owned(), text));
    }
    assert!(
        texts.len() > 10,
        "the commands were not found in:\n{general}"
    );
    for (name, text) in texts {
        let path = directory.join(format!("{name}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            text,
            reviewed,
            "{} is out of date; UPDATE=1 rewrites it",
            path.display()
        );
    }
}

#[test]
fn wrong_use_is_exit_code_2_and_says_what_was_expected() {
    for arguments in [
        &["nothing"][..],
        &["dev", "--port", "x"],
        &["emulator", "--upstream"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_sio"))
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "stdout is for data");
        assert!(String::from_utf8(output.stderr).unwrap().contains("--help"));
    }
}
