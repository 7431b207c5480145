//! Values that differ by their nature: ports, ids, times and places in the source.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

/// What stands for what in texts.
static PATTERNS: LazyLock<Vec<(Option<Regex>, &'static str)>> = LazyLock::new(|| {
    let patterns = [
        (r"\b(localhost|127\.0\.0\.1|\[::1\]):\d+", "HOST:PORT"),
        (
            r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
            "ID",
        ),
        (
            r"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?",
            "TIME",
        ),
        (r"\b1[5-9]\d{8}(\d{3}){0,2}\b", "TIME"),
        // Any line above it moves a place in the source.
        (r"\.rs:\d+:\d+", ".rs:LINE"),
    ];
    patterns
        .map(|(text, word)| (Regex::new(text).ok(), word))
        .into()
});

/// Whether two values are the same but for ports, ids and times.
pub(super) fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => plain(a) == plain(b),
        (Value::Number(a), Value::Number(b)) => {
            let time = |number: &serde_json::Number| plain(&number.to_string()) == "TIME";
            time(a) && time(b)
        }
        _ => false,
    }
}

/// Whether a value, or something in it, differs each time.
pub(super) fn is_volatile(value: &Value) -> bool {
    match value {
        Value::String(text) => plain(text) != *text,
        Value::Number(number) => plain(&number.to_string()) == "TIME",
        Value::Array(all) => all.iter().any(is_volatile),
        Value::Object(all) => all.values().any(is_volatile),
        _ => false,
    }
}

fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    for (pattern, word) in PATTERNS.iter() {
        if let Some(pattern) = pattern {
            plain = pattern.replace_all(&plain, *word).into_owned();
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ports_ids_and_times_are_alike_and_nothing_else() {
        for (a, b) in [
            (
                json!("http://localhost:8080/x"),
                json!("http://localhost:1234/x"),
            ),
            (
                json!("id 0f8fad5b-d9cb-469f-a165-70867728950e"),
                json!("id 7c9e6679-7425-40de-944b-e07fc1f90ae7"),
            ),
            (
                json!("2026-11-28T12:00:00Z"),
                json!("2026-11-28T12:00:01.5Z"),
            ),
            (json!(1_795_872_000_249_u64), json!(1_795_872_000_251_u64)),
        ] {
            assert!(alike(&a, &b), "{a} {b}");
            assert!(is_volatile(&json!([a])), "{a}");
        }
        for (a, b) in [
            (json!("hi"), json!("ho")),
            (json!(1), json!(2)),
            (json!("x at 12:00"), json!("x at 13:00")),
            (json!(1_795_872_000_249_u64), json!(1)),
            (json!(null), json!(1)),
        ] {
            assert!(!alike(&a, &b), "{a} {b}");
        }
        assert!(PATTERNS.iter().all(|(pattern, _)| pattern.is_some()));
    }
}
