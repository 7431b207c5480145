//! Everything that is written: one writer of stderr for people, one of stdout for data, and both outlive their readers.
//!
//! A closed pipe is not an error: `sio … | head` must not end the rest. A paused reader of stderr, such as a pager, does
//! not stop what the tool serves either. So nothing here fails for these reasons, and nothing elsewhere writes to either
//! by itself.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use sio_net::Lines;

use crate::style::{Look, Tone};

/// How long the end of the tool waits for a reader of its last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The form of everything on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Form {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

static FORM: OnceLock<Form> = OnceLock::new();

/// Chooses the form, before anything is written. The first choice stays.
pub(crate) fn write_as(form: Form) {
    let _ = FORM.set(form);
}

/// The form of stderr.
pub(crate) fn form() -> Form {
    FORM.get().copied().unwrap_or_default()
}

/// Writes one line.
pub(crate) fn tell(text: impl Display) {
    match form() {
        Form::Text => line(text),
        Form::Json => object(&json!({ "message": text.to_string() })),
    }
}

/// Writes one line under a heading of at most eight letters.
pub(crate) fn under(heading: &str, text: impl Display) {
    if form() == Form::Json {
        return object(&json!({ "what": heading, "message": text.to_string() }));
    }
    let tone = match heading {
        "failed" | "warning" => Tone::Bad,
        "ready" => Tone::Good,
        _ => Tone::Quiet,
    };
    let look = Look::of_stderr();
    line(format_args!(
        "{}  {text}",
        look.paint(tone, format_args!("{heading:>8}"))
    ));
}

/// Writes an object on a line of its own, in whatever form.
pub(crate) fn object(value: &impl Serialize) {
    // Values of this tool's own are JSON: their keys are texts.
    line(serde_json::to_string(value).unwrap_or_default());
}

fn line(text: impl Display) {
    Lines::stderr().write_now(format!("{text}\n").as_bytes());
}

/// Waits until everything is written to stderr. To be called before the tool ends.
pub(crate) fn flush() {
    Lines::stderr().flush(LAST_LINES);
}

/// Writes data to stdout. A closed pipe is not an error.
///
/// # Errors
/// Stdout cannot be written for another reason, such as a full disk.
pub(crate) fn data(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_ref())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("cannot write to stdout"))
        }
        _ => Ok(()),
    }
}

/// A URL as people may see it: without its query, which may hold a key.
pub(crate) fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// Says why a command failed: what happened, why, and last what to do about it.
pub(crate) fn failed(error: &anyhow::Error) {
    match form() {
        Form::Text => line(format_args!("error: {}", explained(error))),
        Form::Json => object(&json!({ "error": explained(error) })),
    }
}

/// An error and its causes on one line, each said once; hints stand below, wherever in the chain they were given.
fn explained(error: &anyhow::Error) -> String {
    let mut text = String::new();
    let mut hints = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        let (what, hint) = cause.split_once("\nhint: ").unwrap_or((&cause, ""));
        // Some libraries put the cause into their own text too.
        if !text.contains(what) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(what);
        }
        if !hint.is_empty() && !hints.contains(hint) {
            hints.push_str("\nhint: ");
            hints.push_str(hint);
        }
    }
    text + &hints
}

/// A writer to stderr that never fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quiet;

impl Write for Quiet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Lines::stderr().write_now(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn causes_are_said_once_and_hints_last() {
        let error = anyhow!("the port is taken")
            .context("the emulator cannot start: the port is taken\nhint: pick another")
            .context("nothing runs");
        assert_eq!(
            explained(&error),
            "nothing runs: the emulator cannot start: the port is taken\nhint: pick another"
        );
    }
}
