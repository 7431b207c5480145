//! The beginning of an output's value, for people: one line, bounded, without tokens and keys.

use super::outputs::Value;
use crate::json::Json;
use crate::recording::masked;

/// How many characters are shown.
const SHOWN: usize = 120;
/// How much is looked through for secrets; one that begins in what is shown ends here.
const LOOKED_AT: usize = 8 * 1024;

/// The value's beginning.
pub(crate) fn preview(value: &Value) -> String {
    let text = match value {
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => return "no text".to_owned(),
        },
        Value::Json(Json::String(text)) => text.clone(),
        Value::Json(other) => other.compact(),
    };
    let start: String = text.chars().take(LOOKED_AT).collect();
    let masked = masked(&start);
    let mut line: String = masked
        .chars()
        .take(SHOWN)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if masked.chars().nth(SHOWN).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_short_line_without_secrets() {
        let text = |text: &str| preview(&Value::Json(Json::text(text)));
        assert_eq!(text("a\nb"), "a b");
        assert_eq!(text("AccessKey=c2VjcmV0;"), "AccessKey=***;");
        let long = text(&"é".repeat(500));
        assert_eq!(long.chars().count(), SHOWN + 1);
        let token = format!("eyJ{}.{}.{}", "a".repeat(900), "b".repeat(900), "c");
        assert_eq!(text(&token), "***");
        assert_eq!(preview(&Value::Bytes(vec![0xff, 0])), "no text");
        let object = Json::object([("a", Json::Null)]);
        assert_eq!(preview(&Value::Json(object)), r#"{"a":null}"#);
    }
}
