//! What must not be read in a log: tokens, keys, query strings.
//!
//! Our own lines do not have any. But other people's errors are logged too, at every level, and some of them quote what
//! they were given. A client chooses much of that text, so it is read once from left to right: no part of it is looked
//! at again for every other part, however it repeats.

use std::ops::Range;

/// Values that are known to be secret.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

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
    pub(crate) fn of(values: impl IntoIterator<Item = String>) -> Self {
        let mut secrets: Vec<_> = values
            .into_iter()
            .filter(|value| value.len() >= 8)
            .collect();
        // Where one secret begins with another, the longer one is masked.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// The text without secrets. `is_cut` says that it goes on where it ends, maybe in the middle of a secret.
    pub(crate) fn masked(&self, text: &str, is_cut: bool) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut scan = Scan {
            secrets: &self.0,
            text,
            is_cut,
            word_end: 0,
            password: None,
        };
        let (mut from, mut at) = (0, 0);
        while at < text.len() {
            match scan.secret_at(at) {
                Some((begin, end)) => {
                    masked.push_str(&text[from..begin]);
                    masked.push_str(MASK);
                    (from, at) = (end, end);
                }
                None => at += 1,
            }
        }
        masked.push_str(&text[from..]);
        masked
    }
}

/// One reading of a text.
struct Scan<'a> {
    secrets: &'a [String],
    text: &'a str,
    is_cut: bool,
    /// Up to here there is no token, as an earlier look has found.
    word_end: usize,
    /// Where the password of the last URL is.
    password: Option<Range<usize>>,
}

impl Scan<'_> {
    /// Begin and end of the secret that this place introduces or begins. Every secret and every introduction begins with
    /// a byte of ASCII or of a known secret, so both ends are boundaries of characters.
    fn secret_at(&mut self, at: usize) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        if let Some(end) = self.known(at) {
            return Some((at, end));
        }
        if let Some(password) = &self.password
            && password.contains(&at)
        {
            return Some((at, password.end));
        }
        match bytes[at].to_ascii_lowercase() {
            b'e' => self.token(at).map(|end| (at, end)),
            b'?' => self.query(at + 1).map(|end| (at + 1, end)),
            b':' => {
                // What is before it is looked at like any text.
                self.password = self.password(at).or(self.password.take());
                None
            }
            b'b' | b'a' | b's' | b'c' | b'p' => {
                let rest = &bytes[at..];
                let mut names = INTRODUCED.iter();
                let name = names.find(|name| {
                    rest.get(..name.len())
                        .is_some_and(|begin| begin.eq_ignore_ascii_case(name.as_bytes()))
                })?;
                let begin = at + name.len();
                let end = self.value_end(begin, ends_value);
                (end > begin).then_some((begin, end))
            }
            _ => None,
        }
    }

    /// The end of a known secret that begins here, or of the part of it that is there.
    fn known(&self, at: usize) -> Option<usize> {
        let rest = &self.text.as_bytes()[at..];
        let mut secrets = self.secrets.iter().map(String::as_bytes);
        let whole = secrets.clone().find(|secret| rest.starts_with(secret));
        if let Some(secret) = whole {
            return Some(at + secret.len());
        }
        // A few letters are a part of anything.
        let is_part = self.is_cut && rest.len() >= 4;
        (is_part && secrets.any(|secret| secret.starts_with(rest))).then_some(self.text.len())
    }

    /// The end of the JSON Web Token that begins here, if one does: all begin with the same letters, those of `{"`.
    fn token(&mut self, at: usize) -> Option<usize> {
        if at < self.word_end || !self.text.as_bytes()[at..].starts_with(b"eyJ") {
            return None;
        }
        let word = self.text[at..].bytes();
        let end = at + word.take_while(|byte| is_token(*byte)).count();
        if self.text[at..end].contains('.') {
            return Some(end);
        }
        self.word_end = end;
        None
    }

    /// Where the password is in a URL whose scheme ends here: `postgres://user:password@host`.
    fn password(&self, at: usize) -> Option<Range<usize>> {
        let rest = self.text[at..].strip_prefix("://")?;
        let begin = at + "://".len();
        let ends = |c: char| {
            c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | '<' | '>')
        };
        let end = rest.find(ends).unwrap_or(rest.len());
        let user = match rest[..end].rsplit_once('@') {
            Some((user, _)) => user,
            // The end may cut the password.
            None if self.is_cut && end == rest.len() => rest,
            None => return None,
        };
        let (name, password) = user.split_once(':')?;
        let from = begin + name.len() + 1;
        (!password.is_empty()).then_some(from..from + password.len())
    }

    /// The end of what stands after a question mark and looks like `name=value`.
    fn query(&self, at: usize) -> Option<usize> {
        let rest = self.text[at..].bytes();
        let in_name = |byte: &u8| is_token(*byte) || matches!(byte, b'%' | b'$' | b'~');
        let name = rest.take_while(in_name).count();
        let is_query = name > 0 && self.text[at + name..].starts_with('=');
        let ends = |c| ends_value(c) && !matches!(c, '&' | ',' | ';');
        is_query.then(|| self.value_end(at + name, ends))
    }

    /// Where a value ends that begins here. A known secret inside of it is a part of it, whatever is in that.
    fn value_end(&self, begin: usize, ends: impl Fn(char) -> bool) -> usize {
        let mut at = begin;
        while let Some(c) = self.text[at..].chars().next() {
            match self.known(at) {
                Some(end) => at = end,
                None if ends(c) => break,
                None => at += c.len_utf8(),
            }
        }
        at
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Where a value ends that stands in a sentence, in quotes or in a list.
fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ',' | ')' | '>' | '`' | '|' | '&')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secrets() -> Secrets {
        Secrets::of(["the-secret-key".to_owned(), "short".to_owned()])
    }

    fn masked(text: &str) -> String {
        secrets().masked(text, false)
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
            ("eyJust-the-secret-key-eyJ", "eyJust-…-eyJ"),
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
            ("??a=1 ?b", "??… ?b"),
            ("ünïcode? é=1 Bearer ", "ünïcode? é=1 Bearer "),
            ("password=ünï code", "password=… code"),
            (
                "ce-signature sha256=0011,sha256=2233",
                "ce-signature sha256=…,sha256=…",
            ),
            ("password=password= x", "password=… x"),
            (
                "cannot reach postgres://ada:p@ss@db:5432/chat",
                "cannot reach postgres://ada:…@db:5432/chat",
            ),
            ("http://localhost:7071/a@b:c", "http://localhost:7071/a@b:c"),
            ("a://b@c a://:@c ://", "a://b@c a://:@c ://"),
            ("a://the-secret-key:b@c", "a://…:…@c"),
            ("a://b:cthe-secret-keyd@e", "a://b:…@e"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn a_secret_with_the_end_of_a_value_in_it_is_masked_whole() {
        let secrets = Secrets::of([
            "correct horse".to_owned(),
            "correct horse battery".to_owned(),
        ]);
        for (text, expected) in [
            ("password=correct horse battery staple", "password=… staple"),
            ("/x?a=b&p=correct horse&c=d e", "/x?… e"),
            ("correct horse, correct horse battery", "…, …"),
        ] {
            assert_eq!(secrets.masked(text, false), expected);
        }
    }

    #[test]
    fn a_secret_that_the_end_cuts_does_not_show_its_beginning() {
        for (text, expected) in [
            ("key the-secret-k", "key …"),
            ("key the-", "key …"),
            ("key the", "key the"),
            ("AccessKey=a", "AccessKey=…"),
            ("the-secret-key the-secret", "… …"),
            ("postgres://ada:pass", "postgres://ada:…"),
        ] {
            assert_eq!(secrets().masked(text, true), expected);
        }
        assert_eq!(masked("key the-secret-k"), "key the-secret-k");
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_token_never_shows(before in ".{0,20}", after in "[ \\n\"].{0,20}") {
            let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
            let text = masked(&format!("{before}{token}{after}"));
            prop_assert!(!text.contains("eyJzdWIiOiJhZGEifQ"));
        }

        #[test]
        fn a_known_secret_never_shows(pieces in proptest::collection::vec("the-secret-key|eyJ|[?.=&@: ]|://|sig=|Bearer |é|the-", 0..12), is_cut: bool) {
            let text = secrets().masked(&pieces.concat(), is_cut);
            prop_assert!(!text.contains("the-secret-key"), "{text}");
        }
    }
}
