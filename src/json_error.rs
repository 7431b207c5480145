//! What is wrong with JSON, without the values in it: they may be secrets, and messages go to logs and callers.

/// The error without what stands in quotes, which may be a value: `invalid type: string "…", expected a sequence`.
pub(crate) fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // Between the first and the last: a value can have any quotes in it.
    match (text.split_once('"'), text.rsplit_once('"')) {
        (Some((before, _)), Some((_, after))) => format!("{before}\"…\"{after}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_shown() {
        let error = serde_json::from_str::<Vec<String>>(r#""a \"secret\" key""#).unwrap_err();
        let text = without_values(&error);
        assert!(
            text.starts_with(r#"invalid type: string "…", expected a sequence at line 1"#),
            "{text}"
        );
        let error = serde_json::from_str::<Vec<String>>("{").unwrap_err();
        assert_eq!(without_values(&error), error.to_string());
    }
}
