//! The one line of JSON on stdout that tells a script that a command is ready.

use std::io::IsTerminal as _;

use serde::Serialize;

use crate::terminal;

#[derive(Serialize)]
struct Line<T> {
    ready: T,
}

/// Prints `{"ready":…}`, unless stdout is a terminal and it was not `asked` for: people read the lines on stderr.
pub(crate) fn print(ready: impl Serialize, asked: bool) -> anyhow::Result<()> {
    if std::io::stdout().is_terminal() && !asked {
        return Ok(());
    }
    let mut line = serde_json::to_string(&Line { ready })?;
    line.push('\n');
    terminal::data(line)
}
