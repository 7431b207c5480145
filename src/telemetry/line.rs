//! One event as one line.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use super::scrub::Secrets;

/// The most bytes that a line has before it is masked: half of what Application Insights takes of a message.
pub(super) const LONGEST: usize = 16 * 1024;

/// The line of an event: level, function and invocation, message, fields.
pub(super) fn render(event: &Event<'_>, prefix: &str, secrets: &Secrets) -> String {
    let level = *event.metadata().level();
    let mut fields = Fields::default();
    event.record(&mut fields);
    let parts = [prefix, ": ", &fields.message.text, &fields.others.text];
    let lost = fields.message.lost + fields.others.lost;
    finished(level, &parts, lost, secrets)
}

/// The line of a text that is not an event's.
pub(super) fn with_text(
    level: Level,
    prefix: &str,
    text: fmt::Arguments<'_>,
    secrets: &Secrets,
) -> String {
    let mut message = Capped::default();
    let _ = message.write_fmt(text); // a `Capped` takes everything
    finished(level, &[prefix, ": ", &message.text], message.lost, secrets)
}

/// The parts as a line of limited length, masked, in one piece. `lost` bytes are missing from them already.
fn finished(level: Level, parts: &[&str], lost: usize, secrets: &Secrets) -> String {
    let mut whole = Capped::default();
    whole.push(level.as_str());
    for part in parts {
        whole.push(part);
    }
    let lost = lost + whole.lost;
    let mut line = in_one_piece(&secrets.masked(&whole.text, lost > 0), level);
    if lost > 0 {
        let _ = write!(line, "… ({lost} more bytes)"); // writing to a String cannot fail
    }
    line
}

/// A text that takes as much as a line has room for, and counts the rest.
#[derive(Default)]
struct Capped {
    text: String,
    lost: usize,
}

impl Capped {
    fn push(&mut self, text: &str) {
        // Once something is lost, what follows would stand where it does not belong.
        let room = match self.lost {
            0 => LONGEST - self.text.len(),
            _ => 0,
        };
        let taken = text.floor_char_boundary(room);
        self.text.push_str(&text[..taken]);
        self.lost += text.len() - taken;
    }
}

impl fmt::Write for Capped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

/// What the host takes for a warning, wherever it stands in a line of stderr, and whatever level that names.
const WARNING: &[u8] = b"warn";

/// The text without anything that would end the line, colour it, or make the host take it for something else.
pub(crate) fn in_one_piece(text: &str, level: Level) -> String {
    let mut line = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '\n' => line.push_str("\\n"),
            // The last two end a line in Unicode, and some readers of logs go by that.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                line.extend(c.escape_default())
            }
            'r' | 'R' if level == Level::ERROR && is_warning(text, at) => {
                line.push('\u{2060}');
                line.push(c);
            }
            c => line.push(c),
        }
    }
    line
}

/// Whether the letter at `at` is the third of a warning.
fn is_warning(text: &str, at: usize) -> bool {
    let word = at
        .checked_sub(2)
        .and_then(|from| text.as_bytes().get(from..from + 4));
    word.is_some_and(|word| word.eq_ignore_ascii_case(WARNING))
}

#[derive(Default)]
struct Fields {
    message: Capped,
    others: Capped,
}

/// Names of fields whose values must not be shown.
const SECRET: [&str; 6] = [
    "key",
    "password",
    "secret",
    "token",
    "authorization",
    "signature",
];

impl Fields {
    fn write(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let name = field.name();
        // A `Capped` takes everything; an error is one of the value's own.
        let _ = match name {
            "message" => write!(self.message, "{value}"),
            name if SECRET
                .iter()
                .any(|secret| name.to_ascii_lowercase().contains(secret)) =>
            {
                write!(self.others, " {name}=…")
            }
            name => write!(self.others, " {name}={value}"),
        };
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push(value),
            _ => self.write(field, format_args!("{value:?}")),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps the lines that events become.
    struct Lines(Arc<Mutex<Vec<String>>>);

    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Lines {
        fn on_event(&self, event: &Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            let prefix = " chat\u{7} [id\r\n]";
            let line = render(event, prefix, &Secrets::default());
            self.0.lock().unwrap().push(line);
        }
    }

    #[test]
    fn no_field_of_an_event_breaks_its_line() {
        use tracing_subscriber::layer::SubscriberExt as _;

        struct Forged;
        impl fmt::Debug for Forged {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("x\nERROR: forged\u{2028}\u{85}\u{1b}[31m")
            }
        }
        impl fmt::Display for Forged {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self:?}")
            }
        }
        impl std::error::Error for Forged {}
        let lines = Arc::default();
        let subscriber = tracing_subscriber::registry().with(Lines(Arc::clone(&lines)));
        tracing::subscriber::with_default(subscriber, || {
            let text = Forged.to_string();
            tracing::info!(text, debug = ?Forged, display = %Forged, error = &Forged as &dyn std::error::Error, "{Forged}");
            tracing::warn!(name: "a\nb", message = text);
        });
        let lines = lines.lock().unwrap();
        assert_eq!(lines.len(), 2);
        for line in &*lines {
            let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            assert!(!line.contains(breaks), "{line:?}");
            assert!(line.contains("\\nERROR: forged\\u{2028}"), "{line}");
        }
        assert!(lines[0].matches("forged").count() == 5, "{}", lines[0]);
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let secrets = Secrets::of(["the-secret-key".to_owned()]);
        let text = format!(
            "{}the-secret-key{}",
            "x".repeat(LONGEST - 19),
            "é".repeat(LONGEST)
        );
        let line = with_text(Level::WARN, " chat", format_args!("{text}"), &secrets);
        let lost = "WARN chat: ".len() + text.len() - LONGEST;
        let end = format!("x…… ({lost} more bytes)");
        assert!(line.ends_with(&end), "{}", &line[line.len() - 60..]);
        assert!(!line.contains("the-s"));
    }

    #[test]
    fn a_line_stays_a_line_and_an_error_an_error() {
        assert_eq!(
            in_one_piece("a\nb\r\u{1b}[31m", Level::INFO),
            "a\\nb\\r\\u{1b}[31m"
        );
        let error = in_one_piece("ERROR: Warning: warned", Level::ERROR);
        assert!(!error.to_ascii_lowercase().contains("warn"), "{error}");
        assert!(in_one_piece("WARN: x", Level::WARN).contains("WARN"));
    }
}
