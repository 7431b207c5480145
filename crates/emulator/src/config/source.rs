//! Where in the file something is wrong, and what of the line may be shown.

use std::ops::Range;

use toml::Spanned;

use super::error::ConfigError;

/// A text and its name, to say where in it something is.
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// What is wrong at a place of the text; without one, at its beginning.
    pub(super) fn wrong(&self, at: Option<Range<usize>>, problem: &dyn ToString) -> ConfigError {
        let at = at.map_or(0, |span| span.start).min(self.text.len());
        let before = &self.text[..at];
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = self.text[start..].lines().next().unwrap_or_default();
        let text = shown(line.trim());
        ConfigError::Wrong {
            file: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
            problem: problem.to_string(),
            text,
        }
    }

    /// Why the text could not be read. The message quotes a value only where the line may be shown whole.
    pub(super) fn not_read(&self, at: Option<Range<usize>>, message: &str) -> ConfigError {
        let mut error = self.wrong(at, &message);
        let ConfigError::Wrong { problem, text, .. } = &mut error else {
            return error;
        };
        let quotes = ["invalid type", "invalid value", "unknown variant"];
        if text.contains('…') && quotes.iter().any(|start| message.starts_with(start)) {
            // The value itself may contain the separator; what is expected never does.
            let expected = message.rsplit_once(", expected ");
            *problem = expected.map_or_else(
                || "the value is invalid".to_owned(),
                |(_, expected)| format!("expected {expected}"),
            );
        }
        error
    }

    /// The line that sets a setting, by the last part of its path; none if it stands in an inline table.
    pub(super) fn line_of(&self, setting: &str) -> Option<Range<usize>> {
        let last = |path: &str| path.rsplit('.').next().map(|name| name.trim().to_owned());
        let name = last(setting);
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            if line
                .split_once('=')
                .is_some_and(|(key, _)| last(key) == name)
            {
                let at = start + line.len() - line.trim_start().len();
                return Some(at..at);
            }
            start += line.len();
        }
        None
    }

    /// What is wrong with a value.
    pub(super) fn at<T>(&self, value: &Spanned<T>, problem: &dyn ToString) -> ConfigError {
        self.wrong(Some(value.span()), problem)
    }
}

/// A line as an error may show it: the name of what is set, and the value only if it cannot be a secret. Keys are
/// secrets, tokens too, and a URL may hold one.
fn shown(line: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.\"".contains(c);
    match line.split_once('=') {
        Some((name, value)) if name.trim().chars().all(is_plain) => {
            let value = value.trim();
            let short = value.len() <= 16 && value.chars().all(is_plain);
            let open = short && !name.contains("key") && !name.contains("bearer");
            format!("{} = {}", name.trim(), if open { value } else { "…" })
        }
        None if line.starts_with('[')
            && line.ends_with(']')
            && line.chars().all(|c| is_plain(c) || "[]".contains(c))
            && !line.contains('"') =>
        {
            line.to_owned()
        }
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_without_what_may_be_secret() {
        let cases = [
            ("port = 99999", "port = 99999"),
            ("mode=\"close\"", "mode = \"close\""),
            ("[[hubs.chat.handlers]]", "[[hubs.chat.handlers]]"),
            ("key = \"abc\"", "key = …"),
            ("bearer = \"abc\"", "bearer = …"),
            ("token = \"eyJhbGciOiJub25lIn0\"", "token = …"),
            (
                "handlers = [{ url_template = \"http://h?code=k\" }]",
                "handlers = …",
            ),
            ("\"http://h/?code=k\",", "…"),
            ("\"a token\"", "…"),
            ("[\"atoken\"]", "…"),
        ];
        for (line, expected) in cases {
            assert_eq!(shown(line), expected, "{line}");
        }
    }
}
