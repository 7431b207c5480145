//! Which lines are shown: `logging.logLevel` in host.json (docs/contracts/functions-host.md, "Other keys").
//!
//! A category's level is that of the longest key that it begins with, else that of `default`. Two categories are
//! the author's: `Function.NAME.User` for `Logs`, and `Host.Function.Console` for what the handler prints.

use super::error::FileError;
use super::reader::Reader;
use crate::json::Json;

/// How serious a line is, and the least that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LogLevel {
    Trace,
    Debug,
    Information,
    Warning,
    Error,
    Critical,
    /// Nothing is this serious.
    None,
}

const NAMES: [(&str, LogLevel); 7] = [
    ("trace", LogLevel::Trace),
    ("debug", LogLevel::Debug),
    ("information", LogLevel::Information),
    ("warning", LogLevel::Warning),
    ("error", LogLevel::Error),
    ("critical", LogLevel::Critical),
    ("none", LogLevel::None),
];

/// The least level of each category.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogLevels {
    /// In lower case.
    least: Vec<(String, LogLevel)>,
}

impl LogLevels {
    /// Is a line of this category shown?
    pub(crate) fn show(&self, category: &str, level: LogLevel) -> bool {
        let category = category.to_ascii_lowercase();
        let fits = |key: &str| key == "default" || category.starts_with(key);
        let rules = self.least.iter().filter(|(key, _)| fits(key));
        // `default` is for what nothing else fits, however short that is.
        let best = rules.max_by_key(|(key, _)| match key.as_str() {
            "default" => 0,
            key => key.len() + 1,
        });
        level >= best.map_or(LogLevel::Information, |(_, least)| *least)
    }
}

impl Reader<'_> {
    /// `logging.logLevel` of a document.
    pub(super) fn log_levels(&self, document: &Json) -> Result<LogLevels, FileError> {
        let section = document
            .get("logging")
            .and_then(|logging| logging.get("logLevel"));
        let mut least = Vec::new();
        for (category, value) in section.map(Json::members).unwrap_or_default() {
            let text = value.dotnet_text().to_ascii_lowercase();
            let level = NAMES.iter().find(|(name, _)| *name == text);
            let (_, level) = level.ok_or_else(|| {
                self.source
                    .about(
                        category,
                        format!("logging.logLevel.{category} is {}", value.compact()),
                    )
                    .hint("write Trace, Debug, Information, Warning, Error, Critical or None")
            })?;
            least.push((category.to_ascii_lowercase(), *level));
        }
        Ok(LogLevels { least })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_key_that_a_category_begins_with_decides() {
        let levels = LogLevels {
            least: vec![
                ("default".to_owned(), LogLevel::Warning),
                ("function".to_owned(), LogLevel::Information),
                ("function.chat.user".to_owned(), LogLevel::None),
                ("host.function.console".to_owned(), LogLevel::Error),
            ],
        };
        for (category, level, shown) in [
            ("Function.other.User", LogLevel::Information, true),
            ("Function.Chat.User", LogLevel::Critical, false),
            ("Host.Function.Console", LogLevel::Warning, false),
            ("Host.Function.Console", LogLevel::Error, true),
            ("Host.Results", LogLevel::Information, false),
        ] {
            assert_eq!(levels.show(category, level), shown, "{category}");
        }
        assert!(LogLevels::default().show("Function.x.User", LogLevel::Information));
        assert!(!LogLevels::default().show("Function.x.User", LogLevel::Debug));
    }
}
