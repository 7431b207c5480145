//! The one line of JSON on stdout that tells a script that a command is ready.

use std::io::Write as _;

use serde::Serialize;

#[derive(Serialize)]
struct Line<T> {
    ready: T,
}

/// Prints `{"ready":…}`. A closed pipe is not an error.
pub(crate) fn print(ready: impl Serialize) -> anyhow::Result<()> {
    let line = serde_json::to_string(&Line { ready })?;
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
