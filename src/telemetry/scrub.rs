//! What must not be read in a log: tokens, keys, query strings.
//!
//! Our own lines have none. But other people's errors are logged too, at every level, and some of them quote what they
//! were given.

use std::borrow::Cow;

/// Values that are known to be secret.
#[derive(Default)]
pub(super) struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

const MASK: &str = "…";

/// What introduces a secret, in lower case; the secret is the word that follows.
const INTRODUCED: [&str; 9] = [
    "bearer ",
    "accesskey=",
    "accountkey=",
    "sharedaccesskey=",
    "access_token=",
    "client_secret=",
    "password=",
    "sig=",
    "sha256=",
];

impl Secrets {
    /// Values shorter than a key could be are words that happen to be a value.
    pub(super) fn of(values: impl IntoIterator<Item = String>) -> Self {
        Self(
            values
                .into_iter()
                .filter(|value| value.len() >= 8)
                .collect(),
        )
    }

    /// The text without secrets.
    pub(super) fn masked(&self, mut text: String) -> String {
        for secret in &self.0 {
            if text.contains(secret) {
                text = text.replace(secret, MASK);
            }
        }
        let text = mask_tokens(text.into());
        let text = mask_introduced(text);
        mask_queries(text).into_owned()
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Where a value ends that stands in a sentence, in quotes or in a list.
fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ',' | ')' | '>' | '`' | '|' | '&')
}

/// JSON Web Tokens: all begin with the same letters, those of `{"`.
fn mask_tokens(text: Cow<'_, str>) -> Cow<'_, str> {
    replace(text, |text, from| {
        let at = from + text[from..].find("eyJ")?;
        let end = text[at..]
            .find(|c| !is_token(c))
            .map_or(text.len(), |end| at + end);
        let is_token = text[at..end].contains('.');
        Some((at, end, is_token))
    })
}

fn mask_introduced(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut text = text;
    for name in INTRODUCED {
        text = replace(text, |text, from| {
            let at = from + find_ignoring_case(&text[from..], name)? + name.len();
            let end = text[at..]
                .find(ends_value)
                .map_or(text.len(), |end| at + end);
            Some((at, end, end > at))
        });
    }
    text
}

/// What stands after a question mark and looks like `name=value`.
fn mask_queries(text: Cow<'_, str>) -> Cow<'_, str> {
    replace(text, |text, from| {
        let at = from + text[from..].find('?')? + 1;
        let rest = &text[at..];
        let name = rest.find(|c| !(is_token(c) || matches!(c, '%' | '$' | '~')));
        let is_query = name.is_some_and(|end| end > 0 && rest[end..].starts_with('='));
        let ends = |c: char| ends_value(c) && c != '&' && c != ',' && c != ';';
        let end = rest.find(ends).map_or(text.len(), |end| at + end);
        Some((at, if is_query { end } else { at }, is_query))
    })
}

fn find_ignoring_case(text: &str, lower: &str) -> Option<usize> {
    let bytes = text.as_bytes().windows(lower.len());
    bytes
        .into_iter()
        .position(|window| window.eq_ignore_ascii_case(lower.as_bytes()))
}

/// Masks what `next` finds, from left to right: begin, end, and whether it is to be masked.
fn replace(
    text: Cow<'_, str>,
    next: impl Fn(&str, usize) -> Option<(usize, usize, bool)>,
) -> Cow<'_, str> {
    let mut text = text;
    let mut from = 0;
    while let Some((at, end, found)) = next(&text, from) {
        if found {
            text.to_mut().replace_range(at..end, MASK);
            from = at + MASK.len();
        } else {
            from = end;
        }
        if from >= text.len() {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masked(text: &str) -> String {
        Secrets::of(["the-secret-key".to_owned(), "short".to_owned()]).masked(text.to_owned())
    }

    #[test]
    fn secrets_are_masked_and_nothing_else() {
        for (text, expected) in [
            ("key the-secret-key.", "key …."),
            ("short words stay", "short words stay"),
            (
                "token eyJhbGciOiJIUzI1NiJ9.eyJ9.sig-_x, next",
                "token …, next",
            ),
            ("eyJust a word", "eyJust a word"),
            (
                "authorization: Bearer abc.def ghi",
                "authorization: Bearer … ghi",
            ),
            (
                "Endpoint=https://a;AccessKey=abc=;Version=1.0;",
                "Endpoint=https://a;AccessKey=…;Version=1.0;",
            ),
            (
                "GET https://a/b?code=x&y=1 failed",
                "GET https://a/b?… failed",
            ),
            ("(/api/socketio?code=abc%2F==)", "(/api/socketio?…)"),
            ("why? because=x", "why? because=x"),
            ("what?", "what?"),
            ("ünïcode? é=1 Bearer ", "ünïcode? é=1 Bearer "),
            (
                "ce-signature sha256=0011,sha256=2233",
                "ce-signature sha256=…,sha256=…",
            ),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_token_never_shows(before in ".{0,20}", after in "[ \\n\"].{0,20}") {
            let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
            let text = masked(&format!("{before}{token}{after}"));
            prop_assert!(!text.contains("eyJzdWIiOiJhZGEifQ"));
        }
    }
}
