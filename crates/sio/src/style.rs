//! What the terminal can show: colours, and characters beyond ASCII.

use std::fmt::Display;
use std::io::IsTerminal as _;
use std::sync::LazyLock;

use anstyle::{AnsiColor, Style};

/// What stderr or stdout can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// Whether colours are written.
    pub(crate) colour: bool,
    /// Whether characters beyond ASCII are.
    pub(crate) unicode: bool,
}

static STDERR: LazyLock<Look> = LazyLock::new(|| of_process(std::io::stderr().is_terminal()));

static STDOUT: LazyLock<Look> = LazyLock::new(|| of_process(std::io::stdout().is_terminal()));

fn of_process(terminal: bool) -> Look {
    Look::of(|name| std::env::var(name).ok(), terminal, cfg!(windows))
}

/// How loud a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Details.
    Quiet,
    /// A user.
    Name,
    /// Success.
    Good,
    /// Possibly wrong.
    Note,
    /// Wrong.
    Bad,
    /// Nothing special.
    Plain,
}

impl Look {
    /// What this process's stderr can show.
    pub(crate) fn of_stderr() -> Self {
        *STDERR
    }

    /// What this process's stdout can show.
    pub(crate) fn of_stdout() -> Self {
        *STDOUT
    }

    /// Decides by the environment. Sources: no-color.org, bixense.com/clicolors, POSIX locale variables.
    fn of(variable: impl Fn(&str) -> Option<String>, terminal: bool, windows: bool) -> Self {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let forced =
            variable("CLICOLOR_FORCE").is_some_and(|value| value != "0" && !value.is_empty());
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        let colour = !set("NO_COLOR") && (forced || (terminal && !dumb));
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(&variable)
            .find(|value| !value.is_empty());
        let unicode = windows
            || !terminal
            || locale.is_some_and(|locale| {
                let locale = locale.to_ascii_lowercase();
                locale.contains("utf-8") || locale.contains("utf8")
            });
        Self { colour, unicode }
    }

    /// A text in its colour.
    pub(crate) fn paint(self, tone: Tone, text: impl Display) -> String {
        let style = match tone {
            _ if !self.colour => return text.to_string(),
            Tone::Plain => return text.to_string(),
            Tone::Quiet => Style::new().dimmed(),
            Tone::Name => AnsiColor::Cyan.on_default(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Note => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
        };
        format!("{style}{text}{style:#}")
    }

    /// One of two ways to write a symbol.
    pub(crate) fn symbol(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }

    /// A text of ours, in ASCII where the terminal has nothing else.
    pub(crate) fn own(self, text: &str) -> String {
        if self.unicode {
            return text.to_owned();
        }
        let mut ascii = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '→' => ascii.push_str("->"),
                '…' => ascii.push_str("..."),
                c if c.is_ascii() => ascii.push(c),
                c => ascii.extend(c.escape_default()),
            }
        }
        ascii
    }

    /// A text from outside, without control characters, and in ASCII where the terminal has nothing else.
    pub(crate) fn foreign(self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_control() || (!self.unicode && !c.is_ascii()) {
                clean.extend(c.escape_default());
            } else {
                clean.push(c);
            }
        }
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(variables: &[(&str, &str)], terminal: bool) -> Look {
        let of = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Look::of(of, terminal, false)
    }

    #[test]
    fn colours_are_for_terminals_and_for_those_who_want_them() {
        assert!(look(&[("TERM", "xterm")], true).colour);
        assert!(!look(&[("TERM", "dumb")], true).colour);
        assert!(!look(&[("NO_COLOR", "1")], true).colour);
        assert!(look(&[("NO_COLOR", "")], true).colour);
        assert!(!look(&[], false).colour);
        assert!(look(&[("CLICOLOR_FORCE", "1")], false).colour);
        assert!(!look(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false).colour);
    }

    #[test]
    fn characters_beyond_ascii_need_a_terminal_that_has_them() {
        assert!(look(&[("LANG", "de_DE.UTF-8")], true).unicode);
        assert!(!look(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")], true).unicode);
        assert!(!look(&[], true).unicode);
        assert!(look(&[], false).unicode, "a file is read by something else");
        let ascii = Look {
            colour: false,
            unicode: false,
        };
        assert_eq!(ascii.foreign("ü\u{1b}[31m"), "\\u{fc}\\u{1b}[31m");
        assert_eq!(ascii.own("a → \"b…\""), "a -> \"b...\"");
    }
}
