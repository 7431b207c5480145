//! Spaces and numbers as the reference parser, which is JavaScript, reads them in packets.

/// What JavaScript takes for white space, and for the number 0.
pub(crate) fn is_space(c: char) -> bool {
    c == '\u{feff}' || c.is_whitespace() && c != '\u{85}'
}

/// An id as the reference parser reads it: with spaces around it, and spaces alone are 0. Spaces between digits make it
/// `NaN`, which names nothing here.
pub(crate) fn ack_id(text: &str) -> Option<&str> {
    let digits = text.trim_matches(is_space);
    if text.is_empty() || digits.contains(is_space) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    Some(if significant.is_empty() {
        "0"
    } else {
        significant
    })
}

/// A number as JavaScript reads it, if it is a whole one and not 0: `1`, ` 01 `, `1.0`, `+1e0`, `0x1`.
pub(crate) fn number_of_attachments(text: &str) -> Option<usize> {
    let text = text.trim_matches(is_space);
    for (radix, prefixes) in [(16, ["0x", "0X"]), (8, ["0o", "0O"]), (2, ["0b", "0B"])] {
        if let Some(digits) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            let has_sign = digits.starts_with('+');
            let number = usize::from_str_radix(digits, radix).ok()?;
            return (number > 0 && !has_sign).then_some(number);
        }
    }
    let is_decimal = |byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let number: f64 = text.parse().ok().filter(|_| text.bytes().all(is_decimal))?;
    (number >= 1.0 && number.fract() == 0.0).then_some(number as usize)
}
