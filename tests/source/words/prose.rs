//! What a person reads of a file: its comments, its strings, its text.

use std::path::Path;

/// Stands where code was, so that no phrase reaches over it.
const GAP: char = '\u{1}';

/// A text with the number of the line that each byte comes from.
#[derive(Debug, Default)]
pub(crate) struct Prose {
    text: String,
    lines: Vec<usize>,
}

impl Prose {
    /// Of a file; its name says in which language it is.
    pub(crate) fn of(file: &Path, source: &str) -> Self {
        let extension = file.extension().and_then(|extension| extension.to_str());
        let mut reader = Reader {
            rest: source,
            line: 1,
            prose: Self::default(),
        };
        match extension {
            Some("md") => reader.markdown(),
            Some("html") => reader.all(),
            Some("rs") => reader.code(&["\""]),
            _ => reader.code(&["\"", "'", "`"]),
        }
        reader.prose
    }

    /// The line of a byte of the text.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.lines.get(at).copied().unwrap_or_default()
    }

    /// What stands between two pieces of code, and where it begins.
    pub(crate) fn passages(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut next = 0;
        self.text.split(GAP).map(move |passage| {
            let start = next;
            next += passage.len() + GAP.len_utf8();
            (start, passage)
        })
    }

    fn push(&mut self, character: char, line: usize) {
        // Wrapped sentences become one, and gaps do not grow.
        let character = if character.is_whitespace() {
            ' '
        } else {
            character
        };
        let last = self.text.chars().next_back();
        if (character == ' ' || character == GAP) && last == Some(character) {
            return;
        }
        self.text.push(character);
        self.lines.resize(self.text.len(), line);
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    prose: Prose,
}

impl Reader<'_> {
    /// Takes the next character.
    fn next(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        self.line += usize::from(character == '\n');
        Some(character)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    fn gap(&mut self) {
        self.prose.push(GAP, self.line);
    }

    /// Takes what comes before `end`, and `end`; gives whether it came.
    fn until(&mut self, end: &str, escapes: bool) -> bool {
        while !self.rest.is_empty() {
            if self.rest.starts_with(end) {
                self.skip(end.chars().count());
                return true;
            }
            let line = self.line;
            match self.next() {
                Some('\\') if escapes => {
                    self.next();
                    self.prose.push(' ', line);
                }
                Some(character) => self.prose.push(character, line),
                None => {}
            }
        }
        false
    }

    fn all(&mut self) {
        self.until("\0", false);
    }

    /// Text without blocks of code and without code in a line.
    fn markdown(&mut self) {
        let mut fenced = false;
        for (number, line) in self.rest.lines().enumerate() {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            if fenced || fence {
                self.prose.push(GAP, number + 1);
                continue;
            }
            for (at, part) in line.split('`').enumerate() {
                let shown = if at % 2 == 0 { part } else { "\u{1}" };
                shown
                    .chars()
                    .for_each(|character| self.prose.push(character, number + 1));
            }
            self.prose.push(' ', number + 1);
        }
    }

    /// Comments without their examples, and strings that have a blank.
    fn code(&mut self, quotes: &[&str]) {
        let mut example = false;
        while let Some(first) = self.rest.chars().next() {
            if self.rest.starts_with("//") {
                self.skip(2);
                while self.rest.starts_with(['/', '!']) {
                    self.next();
                }
                let fence = self.rest.trim_start_matches(' ').starts_with("```");
                example ^= fence;
                if example || fence {
                    self.gap();
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.rest = &self.rest[end..];
                } else {
                    self.until("\n", false);
                    self.prose.push(' ', self.line);
                }
            } else if self.rest.starts_with("/*") {
                self.skip(2);
                self.until("*/", false);
                self.gap();
            } else if self.rest.starts_with("'\"'") || self.rest.starts_with("b'\"'") {
                self.skip(3);
            } else if let Some(quote) = quotes.iter().find(|quote| self.rest.starts_with(**quote)) {
                self.string(quote);
            } else {
                if !first.is_whitespace() {
                    self.gap();
                }
                self.next();
            }
        }
    }

    /// A string counts if it has a blank: others are names. One that does not end in its line is none, but for Rust's and
    /// for templates.
    fn string(&mut self, quote: &str) {
        self.gap();
        self.next();
        let (rest, line, length) = (self.rest, self.line, self.prose.text.len());
        let ended = self.until(quote, true);
        let text = &self.prose.text[length..];
        let wrapped = rest[..rest.len() - self.rest.len()].contains('\n');
        if !ended || (wrapped && quote == "'") || !text.trim().contains(' ') {
            self.prose.text.truncate(length);
            self.prose.lines.truncate(length);
            if !ended || (wrapped && quote == "'") {
                (self.rest, self.line) = (rest, line);
            }
        }
        self.gap();
    }
}
