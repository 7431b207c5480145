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
            other => return Err(format!("unknown command {other:?}\n{HELP}")),
        }))
    }

    fn emit(text: &str) -> Result<Self, String> {
        let mut all = values(text)?.into_iter();
        let event = match all.next() {
            Some(Value::String(event)) => event,
            Some(other) => other.to_string(),
            None => return Err(format!("missing event\n{HELP}")),
        };
        Ok(Self::Emit {
            event,
            arguments: all.collect(),
        })
    }
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
