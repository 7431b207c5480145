//! What Json.NET makes of text and objects: the host and Microsoft's extension read our answers with it.
//!
//! Source: docs/contracts/functions-host.md, "Answer object"; docs/contracts/socketio-extension.md, "Date rules". How
//! far it goes was read in its public source.

use serde_json::value::RawValue;

/// Whether a text is a date that Json.NET reads as one, and writes anew.
pub(crate) fn is_date(text: &str) -> bool {
    match text.strip_prefix("/Date(") {
        Some(rest) => rest.ends_with(")/"),
        None => begins_like_date(text) && is_end_of_date(&text[DATE_AND_TIME..]),
    }
}

/// Whether any text in a JSON document would be taken for a date. One that only begins like a date counts too, and one
/// with an escape where a date has its digits: sending it another way does no harm.
pub(crate) fn has_date(json: &str) -> bool {
    let escaped = json.as_bytes().contains(&b'\\');
    json.match_indices('"').any(|(at, _)| {
        let text = &json[at + 1..];
        begins_like_date(text) || text.starts_with("/Date(") || (escaped && begins_escaped(text))
    })
}

/// Whether an element of a JSON list is an object that Json.NET takes for one of its own references: the first member
/// is `$ref`, `$id`, `$type` or `$values`. It drops the member or replaces the object, or fails. Any first member that
/// begins with `$` counts.
pub(crate) fn has_reference(list: &str) -> bool {
    // A dollar may be written as an escape.
    let may_have = list.as_bytes().contains(&b'$') || list.as_bytes().contains(&b'\\');
    may_have
        && serde_json::from_str::<Vec<&RawValue>>(list).is_ok_and(|elements| {
            elements.iter().any(|element| {
                let inside = element.get().strip_prefix('{').unwrap_or_default();
                let first = inside.trim_start().strip_prefix('"');
                first.is_some_and(|name| name.starts_with('$') || name.starts_with("\\u0024"))
            })
        })
}

/// The length of `2024-01-01T00:00:00`.
const DATE_AND_TIME: usize = 19;

fn begins_like_date(text: &str) -> bool {
    let begin = text.as_bytes().get(..DATE_AND_TIME);
    begin.is_some_and(could_be_date)
}

/// Whether a date and time can begin so.
fn could_be_date(begin: &[u8]) -> bool {
    let mut bytes = begin.iter().enumerate();
    bytes.all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        10 => *byte == b'T',
        13 | 16 => *byte == b':',
        _ => byte.is_ascii_digit(),
    })
}

/// Whether this can follow the seconds: a fraction, then a zone.
fn is_end_of_date(text: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit();
    let zone = match text.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(digits),
        None => text,
    };
    let offset = zone.strip_prefix(['+', '-']);
    let is_offset = |offset: &str| offset.chars().all(|c| digits(c) || c == ':');
    matches!(zone, "" | "Z" | "z") || offset.is_some_and(is_offset)
}

/// Whether a JSON string, of which this follows the opening quote, is a date as far as it has no escape: then the escape
/// may stand for a character of the date.
fn begins_escaped(text: &str) -> bool {
    let begin = &text.as_bytes()[..text.len().min(DATE_AND_TIME)];
    let escape = begin.iter().position(|byte| *byte == b'\\');
    escape.is_some_and(|at| {
        let before = &begin[..at];
        let begins = could_be_date(before) || b"/Date(".starts_with(before);
        // What a date consists of is escaped so if at all; control characters and others are not of it.
        let escaped = text.as_bytes().get(at + 1..);
        begins
            && matches!(
                escaped,
                Some([b'/', ..] | [b'u', b'0', b'0', b'2'..=b'7', ..])
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_that_json_net_reads() {
        for date in [
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.000Z",
            "2024-01-01T00:00:00+01:00",
            "2024-01-01T00:00:00.1234567-0100",
            "/Date(0)/",
        ] {
            assert!(is_date(date), "{date}");
            assert!(has_date(&format!(r#"{{"at":["{date}"]}}"#)), "{date}");
        }
        for text in [
            "",
            "2024-01-01",
            "at 2024-01-01T00:00:00",
            "2024-01-01 00:00:00",
            "2024-01-01T00:00:00Z started",
            "2024-01-01T00:00:00.5 or so",
            "/Date(0)",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn a_date_is_found_though_it_is_escaped() {
        for json in [
            r#"["\u0032024-01-01T00:00:00Z"]"#,
            r#"["2024-01-01\u005400:00:00Z"]"#,
            r#"["\/Date(0)\/"]"#,
            r#"["/\u0044ate(0)/"]"#,
        ] {
            let [text]: [String; 1] = serde_json::from_str(json).unwrap();
            assert!(is_date(&text), "{text}");
            assert!(has_date(json), "{json}");
        }
        for json in [
            r#"["a","b\n","2 \"2024\""]"#,
            r#"[1,{"a":"a text without \u0041"}]"#,
        ] {
            assert!(!has_date(json), "{json}");
        }
    }

    #[test]
    fn references_are_found_where_json_net_looks_for_them() {
        for list in [
            r#"[{"$type":"x","a":1}]"#,
            r#"[1, { "$ref": "1" }]"#,
            r#"[{"\u0024id":"1"}]"#,
        ] {
            assert!(has_reference(list), "{list}");
        }
        for list in [
            r#"["$ref",{"a":{"$ref":"1"}},[{"$id":"1"}]]"#,
            r#"[{"a":1,"$ref":"1"},{}]"#,
            r#"["\u0024",{"a":"$"}]"#,
            "[]",
        ] {
            assert!(!has_reference(list), "{list}");
        }
    }
}
