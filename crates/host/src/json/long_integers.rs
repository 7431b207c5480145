//! Integers of more than 64 bits for the forgiving reader, which would make doubles of them: they pass it as marked
//! texts.

use std::borrow::Cow;

/// Stands before the digits. Unicode has assigned no character to it; in a document that contains it all the same,
/// nothing is marked.
const MARK: char = '\u{fdd0}';

/// An `i64` never has more digits.
const MOST_DIGITS: usize = 19;

/// The document with its long integers as marked texts.
pub(super) fn marked(text: &str) -> Cow<'_, str> {
    if text.contains(MARK) || text.to_ascii_lowercase().contains("\\ufdd0") {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let end = at
            + match first {
                '"' | '\'' => quoted(rest, first),
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
                _ if in_word(first) => rest.find(|c| !in_word(c)).unwrap_or(rest.len()),
                other => other.len_utf8(),
            };
        let word = &text[at..end];
        // A name of digits stays one.
        if is_long(word) && !text[end..].trim_start().starts_with(':') {
            out.push_str(&text[copied..at]);
            out.push('"');
            out.push(MARK);
            out.push_str(word);
            out.push('"');
            copied = end;
        }
        at = end;
    }
    match copied {
        0 => Cow::Borrowed(text),
        _ => Cow::Owned(out + &text[copied..]),
    }
}

/// The digits of a marked text.
pub(super) fn unmarked(text: &str) -> Option<&str> {
    text.strip_prefix(MARK).filter(|digits| is_long(digits))
}

/// The length of the text in quotes at the beginning.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Is it a character of numbers and names?
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '+' | '-')
}

fn is_long(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.len() >= MOST_DIGITS
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && word.parse::<i64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_integers_are_marked_where_they_are_values() {
        let long = "9223372036854775808";
        let own = format!("\"{MARK}{long}\"");
        for (text, outcome) in [
            (format!("[{long},5]"), format!("[{own},5]")),
            (format!("{{a:{long}}}"), format!("{{a:{own}}}")),
            (format!("[-{long}0]"), format!("[\"{MARK}-{long}0\"]")),
            (format!("//'\n[{long}]"), format!("//'\n[{own}]")),
        ] {
            assert_eq!(marked(&text), outcome);
        }
        for same in [
            format!("['{long}',\"\\\"{long}\"]"),
            format!("[{long}.0,1e{long},0x{long},a{long},0{long}]"),
            format!("// {long}\n/* {long} */ [9223372036854775807,-{long}]"),
            format!("{{{long} : 1}}"),
            format!("['\\uFDD0',{long}]"),
            format!("['{long}"),
        ] {
            assert_eq!(marked(&same), same);
        }
    }
}
