//! One event as one line.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use super::scrub::Secrets;

/// The line of an event: level, function and invocation, message, fields.
pub(super) fn of(event: &Event<'_>, prefix: &str, secrets: &Secrets) -> String {
    let level = *event.metadata().level();
    let mut fields = Fields::default();
    event.record(&mut fields);
    let mut text =
        String::with_capacity(prefix.len() + fields.message.len() + fields.others.len() + 8);
    text.push_str(level.as_str());
    text.push_str(prefix);
    text.push_str(": ");
    text.push_str(&fields.message);
    text.push_str(&fields.others);
    in_one_piece(&secrets.masked(text), level)
}

/// The text without anything that would end the line, colour it, or make the host take it for something else.
fn in_one_piece(text: &str, level: Level) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            // The last two end a line in Unicode, and some readers of logs go by that.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                line.extend(c.escape_default())
            }
            c => line.push(c),
        }
    }
    // A line of stderr with this word in it is a warning to the host, whatever level it names.
    while level == Level::ERROR
        && let Some(at) = line.to_ascii_lowercase().find("warn")
    {
        line.insert(at + 2, '\u{2060}');
    }
    line
}

#[derive(Default)]
struct Fields {
    message: String,
    others: String,
}

/// Names of fields whose values nobody should read.
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
        // Writing to a String cannot fail.
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
            "message" => self.message.push_str(value),
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
            let line = of(event, prefix, &Secrets::default());
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
