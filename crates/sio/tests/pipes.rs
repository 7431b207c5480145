//! A closed pipe is not an error: `sio completions bash | head -1` succeeds.

use std::process::Command;

#[test]
fn a_closed_pipe_is_success() {
    let connection = "Endpoint=http://localhost:1;AccessKey=key;";
    for arguments in [
        &["completions", "bash"][..],
        &["--help"],
        &["dev", "--help"],
        &["--version"],
        &["negotiate", "--hub", "hub", "--connection", connection],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_sio"));
        let output = command.args(arguments).stdout(writer).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert_eq!(said, "", "{arguments:?}");
    }
}
