//! Regular expressions of route parameters, as .NET reads them.

use fancy_regex::{Regex, RegexBuilder};

/// How often a match may go back before it counts as none. .NET gives up after ten seconds; this takes a fraction of one.
const BACKTRACKS: usize = 100_000;

/// A regular expression that ignores case, the user's culture aside.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut builder = RegexBuilder::new(&translated(text));
        builder.case_insensitive(true).backtrack_limit(BACKTRACKS);
        builder.build().ok().map(Self)
    }

    /// Does some part of a value fit?
    pub(crate) fn is_in(&self, value: &str) -> bool {
        self.0.is_match(value).unwrap_or(false)
    }
}

/// A pattern of .NET as this engine writes it: inside a class, .NET takes `[`, `&` and `~` for themselves, and `-[`
/// subtracts another class.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut open_classes = 0_usize;
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        let opens = match c {
            '[' => open_classes == 0,
            '-' => open_classes > 0 && rest.next_if_eq(&'[').is_some(),
            _ => false,
        };
        if opens {
            open_classes += 1;
            out.push_str(if c == '-' { "--[" } else { "[" });
            out.extend(rest.next_if_eq(&'^'));
            // As the first, it stands for itself.
            out.push_str(rest.next_if_eq(&']').map_or("", |_| "\\]"));
            continue;
        }
        match c {
            '\\' => {
                out.push(c);
                out.extend(rest.next());
                continue;
            }
            '[' | '&' | '~' if open_classes > 0 => out.push('\\'),
            ']' => open_classes = open_classes.saturating_sub(1),
            _ => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_dotnet() {
        for (pattern, right, wrong) in [
            (r"^\d{2}$", "٤٢", "a"),
            (r"^\w+$", "Ünï_7", "a-b"),
            (r"^\p{Lu}$", "Ä", "1"),
            ("^straße$", "STRAßE", "strasse"),
            ("b", "aBc", "ac"),
            ("^(?!admin)[a-z]+$", "users", "Admins"),
            ("^[a-z]+(?=-x)", "ab-x", "ab-y"),
            ("(?<=^a+)b", "aab", "xb"),
            ("(?<!x)b$", "ab", "xb"),
            (r"^(\w)\1$", "aa", "ab"),
            ("^(?>a+)b$", "aab", "aa"),
            (r"^(?<first>a)\k<first>$", "aa", "ab"),
            ("^[a-z-[aeiou]]+$", "xyz", "xaz"),
            ("^[a-z-[^x]]+$", "xx", "xy"),
            ("^[[a]+$", "[a", "b"),
            ("^[a&&b]+$", "a&b", "c"),
            ("^[~~a]+$", "~a", "b"),
            ("^[]a]+$", "]a", "b"),
            (r"^[\]\[]+$", "[]", "a"),
            (r"^\[-\[$", "[-[", "-"),
        ] {
            let read = Pattern::new(pattern).unwrap_or_else(|| panic!("{pattern} is refused"));
            assert!(read.is_in(right), "{pattern} does not fit {right}");
            assert!(!read.is_in(wrong), "{pattern} fits {wrong}");
        }
        assert!(Pattern::new("[").is_none());
        assert!(Pattern::new("(").is_none());
    }

    #[test]
    fn a_pattern_that_goes_back_without_end_fits_nothing_and_soon() {
        let began = Instant::now();
        let pattern = Pattern::new(r"^((a+)\2?)+(?=x)x$").unwrap();
        assert!(pattern.is_in("aax"));
        assert!(!pattern.is_in(&"a".repeat(200)));
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
