//! The words of a filter.

use super::error::FilterError;

/// A word, and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Open,
    Close,
    Comma,
    /// In quotes; a quote inside is doubled.
    String(String),
    Integer(i64),
    /// An operator, a function, an identifier or a constant.
    Word(&'a str),
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, FilterError> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'(' | b')' | b',' => {
                at += 1;
                match byte {
                    b'(' => Kind::Open,
                    b')' => Kind::Close,
                    _ => Kind::Comma,
                }
            }
            b'\'' => {
                let (string, end) = quoted(text, at)?;
                at = end;
                Kind::String(string)
            }
            b'-' | b'0'..=b'9' => {
                at += 1;
                at += length_while(&bytes[at..], |byte| byte.is_ascii_digit());
                let digits = &text[start..at];
                Kind::Integer(digits.parse().map_err(|_| FilterError::at(start, text))?)
            }
            _ if byte.is_ascii_alphabetic() || byte == b'_' => {
                at += length_while(&bytes[at..], |byte| {
                    byte.is_ascii_alphanumeric() || *byte == b'_'
                });
                Kind::Word(&text[start..at])
            }
            _ => return Err(FilterError::at(at, text)),
        };
        tokens.push(Token {
            kind,
            start,
            end: at,
        });
    }
    Ok(tokens)
}

fn length_while(bytes: &[u8], part: impl Fn(&u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| part(byte)).count()
}

/// The string that begins with the quote at `start`, and where it ends.
fn quoted(text: &str, start: usize) -> Result<(String, usize), FilterError> {
    let mut string = String::new();
    let mut at = start + 1;
    loop {
        let rest = &text[at..];
        let quote = rest
            .find('\'')
            .ok_or_else(|| FilterError::at(text.len(), text))?;
        string.push_str(&rest[..quote]);
        at += quote + 1;
        if !text[at..].starts_with('\'') {
            return Ok((string, at));
        }
        string.push('\'');
        at += 1;
    }
}
