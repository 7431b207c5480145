//! What Json.NET makes of text: the host and Microsoft's extension read our answers with it.
//!
//! Source: host contract, "The envelope".

/// Whether a text begins like a date that Json.NET reads as one, and writes anew. Too many count rather than too few.
pub(crate) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.starts_with("/Date(")
        || (bytes.len() >= 19
            && bytes[..19].iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                10 => *byte == b'T',
                13 | 16 => *byte == b':',
                _ => byte.is_ascii_digit(),
            }))
}

/// Whether any text in a JSON document would be taken for a date. A text that only begins like one counts too: sending
/// it another way does no harm.
pub(crate) fn has_date(json: &str) -> bool {
    json.match_indices('"')
        .any(|(at, _)| is_date(&json[at + 1..]) || json[at + 1..].starts_with("\\/Date("))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_that_json_net_reads() {
        for date in [
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.000Z",
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
        ] {
            assert!(!is_date(text), "{text}");
        }
    }
}
