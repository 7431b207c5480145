//! What the handler prints, and as what the host takes it (docs/contracts/functions-host.md, "stdout and stderr").

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

use crate::level::Level;

/// Which of the two streams a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Out,
    Err,
}

const SYSTEM_PREFIX: &str = "LanguageWorkerConsoleLog";
const TOOLING_PREFIX: &str = "azfuncjsonlog:";

/// The level of a line and what is shown of it.
pub(crate) fn classify(stream: Stream, line: &str, stderr_is_error: bool) -> (Level, &str) {
    let system = line
        .get(..SYSTEM_PREFIX.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(SYSTEM_PREFIX));
    if system {
        return (Level::System, &line[SYSTEM_PREFIX.len()..]);
    }
    if line.starts_with(TOOLING_PREFIX) {
        return (Level::System, line);
    }
    let holds = |word: &str| line.to_ascii_lowercase().contains(word);
    let level = match stream {
        Stream::Out => Level::Information,
        Stream::Err if holds("warn") => Level::Warning,
        Stream::Err if stderr_is_error => Level::Error,
        Stream::Err => {
            let bad = ["error", "fail", "severe", "unhandled exception"]
                .iter()
                .any(|word| holds(word));
            if bad {
                Level::Error
            } else {
                Level::Information
            }
        }
    };
    (level, line)
}

/// The last error lines of a process, for the message about its exit.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastErrors(Arc<Mutex<VecDeque<String>>>);

impl LastErrors {
    const KEPT: usize = 3;

    pub(crate) fn push(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == Self::KEPT {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    /// The lines, joined by commas.
    pub(crate) fn joined(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(",")
    }
}

/// A line longer than this is split: memory is bounded.
const LONGEST: u64 = 64 * 1024;

/// Gives each line of a stream to `line`, until the stream ends.
pub(crate) async fn read(stream: impl AsyncRead + Unpin, mut line: impl FnMut(&str)) {
    let mut reader = BufReader::new(stream);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match (&mut reader)
            .take(LONGEST)
            .read_until(b'\n', &mut buffer)
            .await
        {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                while buffer
                    .last()
                    .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
                {
                    buffer.pop();
                }
                line(&String::from_utf8_lossy(&buffer));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_three_error_lines_are_remembered() {
        let last = LastErrors::default();
        last.push("Error1");
        last.push("Error2");
        assert_eq!(last.joined(), "Error1,Error2");
        last.push("Error3");
        last.push("Error4");
        assert_eq!(last.joined(), "Error2,Error3,Error4");
    }

    #[test]
    fn system_lines_start_with_the_prefix_in_any_case() {
        for line in [
            "languageWorkerConsoleLog Connection established",
            "LANGUAGEWORKERCONSOLELOG Connection established",
            "LanguageWorkerConsoleLog Connection established",
        ] {
            assert_eq!(
                classify(Stream::Out, line, true),
                (Level::System, " Connection established")
            );
        }
        for line in [
            "grpc languageWorkerConsoleLog x",
            "My secret languageWorkerConsoleLog",
            "Connection established",
        ] {
            assert_eq!(
                classify(Stream::Out, line, true),
                (Level::Information, line)
            );
        }
    }

    #[test]
    fn stderr_is_an_error_unless_it_warns_or_the_setting_is_off() {
        assert_eq!(classify(Stream::Err, "hello", true).0, Level::Error);
        assert_eq!(classify(Stream::Err, "a WARNing", true).0, Level::Warning);
        assert_eq!(classify(Stream::Err, "hello", false).0, Level::Information);
        assert_eq!(classify(Stream::Err, "it Failed", false).0, Level::Error);
        assert_eq!(classify(Stream::Out, "error", true).0, Level::Information);
    }

    #[tokio::test]
    async fn lines_are_split_and_need_not_be_text() {
        let mut lines = Vec::new();
        read(&b"one\r\ntwo\n\xff\nlast"[..], |line| {
            lines.push(line.to_owned())
        })
        .await;
        assert_eq!(lines, ["one", "two", "\u{fffd}", "last"]);
    }
}
