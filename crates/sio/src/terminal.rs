//! Everything for people: one writer of stderr, which outlives its readers.
//!
//! A closed pipe is not an error: `sio … | head` must not end the rest. So nothing here
//! fails, and nothing elsewhere writes to stderr by itself.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes one line.
pub(crate) fn tell(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes one line under a heading of at most eight letters.
pub(crate) fn under(heading: &str, text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{heading:>8}  {text}");
}

/// Says why a command failed: what happened, why, and last what to do about it.
pub(crate) fn failed(error: &anyhow::Error) {
    tell(format_args!("error: {}", explained(error)));
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
        let _ = io::stderr().lock().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = io::stderr().lock().flush();
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
