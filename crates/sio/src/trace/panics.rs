//! Panics as a message and its place in the author's code, instead of a backtrace.
//!
//! Rust prints `thread 'x' panicked at FILE:LINE:COLUMN:`, then the message, then a note or a backtrace. All of it is
//! held back. Where the place is in a dependency, the first frame in the author's own code stands instead.

/// Lines of a panic that are held back.
#[derive(Debug, Default)]
pub(super) struct Panics {
    held: Option<Panic>,
}

/// A panic, as far as it was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Panic {
    /// What it says.
    pub(super) message: String,
    /// Where it happened.
    pub(super) place: String,
    /// Whether the message may have more lines.
    reading: bool,
    /// Whether the place was found in the backtrace.
    settled: bool,
}

/// What a line of the handler is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A part of a panic.
    Held,
    /// Something else; a panic may have ended before it.
    Other,
}

impl Panics {
    /// Takes a line.
    pub(super) fn read(&mut self, line: &str) -> Read {
        if let Some(place) = place(line) {
            self.held = Some(Panic {
                message: String::new(),
                settled: is_own(place),
                place: place.to_owned(),
                reading: true,
            });
            return Read::Held;
        }
        let Some(panic) = &mut self.held else {
            return Read::Other;
        };
        let trimmed = line.trim_start();
        if line.starts_with("stack backtrace:") || line.starts_with("note: ") {
            panic.reading = false;
            return Read::Held;
        }
        if !panic.reading {
            if let Some(frame) = trimmed.strip_prefix("at ") {
                if !panic.settled && is_own(frame) {
                    panic.place = frame.trim_start_matches("./").to_owned();
                    panic.settled = true;
                }
                return Read::Held;
            }
            let numbered = trimmed.split_once(": ").is_some_and(|(number, _)| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            });
            if line.starts_with(' ') && numbered {
                return Read::Held;
            }
            return Read::Other;
        }
        // The runtime's own line about the panic ends a message without a note.
        if super::log_line::LogLine::parse(line).is_some() {
            panic.reading = false;
            return Read::Other;
        }
        if !panic.message.is_empty() {
            panic.message.push(' ');
        }
        panic.message.push_str(trimmed);
        Read::Held
    }

    /// The panic that was held back, if the text speaks of it.
    pub(super) fn spoken_of(&mut self, text: &str) -> Option<Panic> {
        let held = self.held.as_ref()?;
        let first = held.message.split(' ').next().unwrap_or_default();
        if text.contains("panicked") && text.contains(first) {
            return self.held.take();
        }
        None
    }

    /// The panic that was held back and that nothing has spoken of.
    pub(super) fn take(&mut self) -> Option<Panic> {
        self.held.take()
    }
}

/// The place that the first line of a panic names.
fn place(line: &str) -> Option<&str> {
    let (thread, place) = line.split_once(" panicked at ")?;
    thread
        .starts_with("thread '")
        .then(|| place.trim_end_matches(':'))
}

/// Whether a place is in the author's code, and not in a dependency or the standard library.
fn is_own(place: &str) -> bool {
    let foreign = [
        "/rustc/",
        "/.cargo/registry/",
        "/.cargo/git/",
        "\\.cargo\\",
        "/library/",
    ];
    !foreign.iter().any(|part| place.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Panics, Vec<&str>) {
        let mut panics = Panics::default();
        let others = text.lines().filter(|line| panics.read(line) == Read::Other);
        let others = others.collect();
        (panics, others)
    }

    #[test]
    fn a_panic_is_a_message_and_its_place() {
        let (mut panics, others) = read(
            "thread 'tokio-rt-worker' panicked at src/chat.rs:14:9:\nindex out of bounds: the len is 1\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\nERROR socketio [1]: the handler panicked: index out of bounds: the len is 1",
        );
        assert_eq!(others.len(), 1);
        let panic = panics.spoken_of(others[0]).unwrap();
        assert_eq!(
            (&*panic.message, &*panic.place),
            ("index out of bounds: the len is 1", "src/chat.rs:14:9")
        );
        assert_eq!(panics.take(), None);
    }

    #[test]
    fn a_backtrace_gives_the_place_in_the_authors_code() {
        let (mut panics, others) = read(
            "thread 'main' panicked at /rustc/abc/library/core/src/option.rs:5:1:\ncalled `Option::unwrap()` on a `None` value\nstack backtrace:\n   0: core::panicking::panic\n             at /rustc/abc/library/core/src/panicking.rs:1:1\n   1: chat::message\n             at ./src/lib.rs:30:17\n   2: chat::other\n             at ./src/main.rs:1:1\nnote: Some details are omitted\nafterwards",
        );
        assert_eq!(others, ["afterwards"]);
        assert_eq!(panics.take().unwrap().place, "src/lib.rs:30:17");
    }

    #[test]
    fn a_message_of_several_lines_stays_together_and_other_panics_are_not_taken_for_it() {
        let (mut panics, others) = read(
            "thread 'a' panicked at src/a.rs:1:1:\nassertion failed\n  left: 1\n right: 2\nnote: run with",
        );
        assert!(others.is_empty());
        assert_eq!(panics.spoken_of("the handler failed"), None);
        assert_eq!(
            panics.take().unwrap().message,
            "assertion failed left: 1 right: 2"
        );
    }
}
