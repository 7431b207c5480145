//! What a person writes at the prompt of `sio connect`.

use serde_json::Value;
use serde_json::de::Deserializer;

/// A line, read.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    /// Send an event and wait for its acknowledgement.
    Emit {
        /// Its name.
        event: String,
        /// Its arguments.
        arguments: Vec<Value>,
    },
    /// Show what can be written.
    Help,
    /// Leave.
    Quit,
}

/// What can be written.
pub(super) const HELP: &str = "emit EVENT [ARGUMENT]…   send an event; each argument is JSON, or a word\nquit                     leave";

impl Command {
    /// Reads a line; nothing for an empty one.
    pub(super) fn read(line: &str) -> Result<Option<Self>, String> {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        Ok(Some(match word {
            "" => return Ok(None),
            "emit" => Self::emit(rest.trim_start())?,
            "help" | "?" => Self::Help,
            "quit" | "exit" => Self::Quit,
            other => return Err(format!("unknown command {other:?}")),
        }))
    }

    fn emit(text: &str) -> Result<Self, String> {
        let mut all = values(text)?.into_iter();
        let event = match all.next() {
            Some(Value::String(event)) => event,
            Some(other) => other.to_string(),
            None => return Err("missing event".to_owned()),
        };
        Ok(Self::Emit {
            event,
            arguments: all.collect(),
        })
    }
}

/// Why a script ends at one of its lines.
pub(super) fn unreadable(number: usize, line: &str, problem: &str) -> String {
    format!(
        "cannot read line {number} of the input, {line:?}: {problem}\nhint: a line is `emit EVENT [ARGUMENT]…` or `quit`"
    )
}

/// What a person typed, without the sequences that arrow keys and the like leave in a line. This prompt has no history.
pub(super) fn typed(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut all = line.chars();
    while let Some(c) = all.next() {
        match c {
            // ESC [ … and a letter or ~ at the end, or ESC O and a letter. Source: ECMA-48, "control sequence".
            '\u{1b}' => match all.next() {
                Some('[') => {
                    all.find(|c| matches!(c, '@'..='~'));
                }
                Some('O') => {
                    all.next();
                }
                _ => {}
            },
            c if c.is_control() && c != '\t' => {}
            c => text.push(c),
        }
    }
    text
}

/// JSON values separated by white space; whatever is not JSON is a word up to the next space.
pub(super) fn values(mut text: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return Ok(values);
        }
        let end_of_word = text.find(char::is_whitespace).unwrap_or(text.len());
        let mut stream = Deserializer::from_str(text).into_iter::<Value>();
        match stream.next() {
            Some(Ok(value)) => {
                let end = stream.byte_offset();
                // `3rd` is a word, not the number 3 and a word.
                let whole = text[end..].chars().next().is_none_or(char::is_whitespace);
                if whole || text.starts_with(['"', '[', '{']) {
                    values.push(value);
                    text = &text[end..];
                    continue;
                }
            }
            Some(Err(error)) if text.starts_with(['"', '[', '{']) => {
                return Err(format!("invalid JSON in {text:?}: {error}"));
            }
            _ => {}
        }
        values.push(Value::from(&text[..end_of_word]));
        text = &text[end_of_word..];
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_json_or_words() {
        let line = r#"emit message lobby "two words" 3 {"a": [1, 2]} true 3rd"#;
        assert_eq!(
            Command::read(line),
            Ok(Some(Command::Emit {
                event: "message".to_owned(),
                arguments: vec![
                    json!("lobby"),
                    json!("two words"),
                    json!(3),
                    json!({"a": [1, 2]}),
                    json!(true),
                    json!("3rd"),
                ],
            }))
        );
        assert_eq!(Command::read("  "), Ok(None));
        assert_eq!(Command::read("quit"), Ok(Some(Command::Quit)));
    }

    #[test]
    fn a_script_learns_which_line_is_wrong() {
        let said = unreadable(3, "emit", &Command::read("emit").unwrap_err());
        let (what, _) = said.split_once('\n').unwrap();
        assert_eq!(
            what,
            "cannot read line 3 of the input, \"emit\": missing event"
        );
    }

    #[test]
    fn arrow_keys_are_not_read() {
        assert_eq!(typed("\u{1b}[A"), "");
        assert_eq!(
            typed("\u{1b}OA\u{1b}[1;5Cemit x\u{1b}[3~ \u{7f}\"ü\""),
            "emit x \"ü\""
        );
        assert_eq!(Command::read(&typed("\u{1b}[A\u{1b}[B")), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert!(
            Command::read("emit")
                .unwrap_err()
                .starts_with("missing event")
        );
        assert!(
            Command::read("emit x {\"a\"")
                .unwrap_err()
                .contains("invalid JSON")
        );
        assert!(
            Command::read("shout x")
                .unwrap_err()
                .contains("unknown command")
        );
    }
}
