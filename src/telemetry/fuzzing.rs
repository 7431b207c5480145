//! Lines of any text.

use tracing::Level;

use super::line::{self, LONGEST};
use super::scrub::Secrets;

/// It begins with a letter in which no escape ends: `\\t` and `he-secret` would spell another one.
const SECRET: &str = "KEY-of-the-service-0123456789";

/// A line is one line, has no secret and no colour, is not too long, and an error is not a warning.
pub(crate) fn line(text: &str) {
    let secrets = Secrets::of([SECRET.to_owned()]);
    for (level, text) in [
        (Level::ERROR, text.to_owned()),
        (Level::INFO, format!("{text}{SECRET}{text}")),
    ] {
        let line = line::with_text(level, "", format_args!("{text}"), &secrets);
        let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        assert!(!line.contains(breaks), "{line:?}");
        assert!(!line.contains(SECRET), "{line:?}");
        // A control character takes up to six, as `\u{1b}`.
        assert!(line.len() <= 6 * LONGEST + 64, "{} bytes", line.len());
        let is_error = level == Level::ERROR;
        assert!(
            !(is_error && line.to_ascii_lowercase().contains("warn")),
            "{line:?}"
        );
    }
}

/// No secret shows, whatever stands around it and wherever the text is cut.
pub(crate) fn masking(text: &str) {
    let secrets = Secrets::of([SECRET.to_owned()]);
    for is_cut in [false, true] {
        let masked = secrets.masked(&format!("{text}{SECRET}{text}"), is_cut);
        assert!(!masked.contains(SECRET), "{masked:?}");
    }
    let cut = format!("{text}{}", &SECRET[..SECRET.len() - 4]);
    let masked = secrets.masked(&cut, true);
    assert!(!masked.ends_with(&cut[text.len()..]), "{masked:?}");
}
