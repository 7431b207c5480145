//! Log lines that strangers can cause as often as they like.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// How many lines of a kind are written in a minute.
const WHOLE: u64 = 10;

/// Writes a line of a kind of [`Abridged`] lines to the log, if one is to be written. Its target is the module that this
/// stands in, whose crate needs `tracing`.
///
/// ```
/// # use sio_net::{Abridged, abridge};
/// # let (refused, path) = (Abridged::new(), "/a");
/// abridge!(warn, refused, "a request to {path:?} was refused");
/// ```
#[macro_export]
macro_rules! abridge {
    ($level:ident, $kind:expr, $($text:tt)+) => {
        if let Some(line) = $kind.line(|| format!($($text)+)) {
            ::tracing::$level!("{line}");
        }
    };
}

/// The lines of one kind. Ten are written each minute; then only their number, each time that it has grown tenfold.
#[derive(Debug, Default)]
pub struct Abridged {
    whole: bool,
    minute: Mutex<Option<Minute>>,
}

#[derive(Debug)]
struct Minute {
    begin: Instant,
    lines: u64,
}

impl Abridged {
    /// A kind without a line so far.
    #[must_use]
    pub const fn new() -> Self {
        Self::unless(false)
    }

    /// The same, or a kind of which every line is written if this is `true`.
    #[must_use]
    pub const fn unless(whole: bool) -> Self {
        Self {
            whole,
            minute: Mutex::new(None),
        }
    }

    /// The line to write, if one is to be written.
    pub fn line(&self, text: impl FnOnce() -> String) -> Option<String> {
        if self.whole {
            return Some(text());
        }
        match self.count(Instant::now()) {
            lines if lines <= WHOLE => Some(text()),
            lines if is_power_of_ten(lines) => Some(format!(
                "{} (number {lines} of its kind within a minute; most of them are not shown)",
                text()
            )),
            _ => None,
        }
    }

    /// How many lines there were in the current minute, this one included.
    fn count(&self, now: Instant) -> u64 {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let current = minute.take();
        let current = current.filter(|minute| now.duration_since(minute.begin) < MINUTE);
        let current = current.unwrap_or(Minute {
            begin: now,
            lines: 0,
        });
        let lines = current.lines + 1;
        *minute = Some(Minute { lines, ..current });
        lines
    }
}

fn is_power_of_ten(mut number: u64) -> bool {
    while number > 1 && number.is_multiple_of(10) {
        number /= 10;
    }
    number == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_lines_become_thirteen() {
        let abridged = Abridged::default();
        let lines: Vec<_> = (0..10_000)
            .filter_map(|number: u32| abridged.line(|| number.to_string()))
            .collect();
        // The first ten, the hundredth, the thousandth, the ten thousandth.
        assert_eq!(lines.len(), 13, "{lines:?}");
        assert_eq!(lines[9], "9");
        assert!(
            lines[12].starts_with("9999 (number 10000 "),
            "{}",
            lines[12]
        );
    }

    #[test]
    fn every_line_is_written_where_all_are_wanted() {
        let all = Abridged::unless(true);
        let written = (0..1000).filter_map(|_| all.line(String::new)).count();
        assert_eq!(written, 1000);
        let some = Abridged::unless(false);
        let written = (0..1000).filter_map(|_| some.line(String::new)).count();
        assert_eq!(written, 12);
    }

    #[test]
    fn each_minute_begins_anew() {
        let abridged = Abridged::default();
        let begin = Instant::now();
        assert_eq!(abridged.count(begin), 1);
        assert_eq!(abridged.count(begin + MINUTE / 2), 2);
        assert_eq!(abridged.count(begin + MINUTE), 1);
    }
}
