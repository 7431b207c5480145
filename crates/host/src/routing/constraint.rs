//! Inline constraints of route parameters: `{id:int}`, `{name:length(3,8)}`.

use regex_lite::{Regex, RegexBuilder};

/// One constraint.
#[derive(Debug, Clone)]
pub(crate) enum Constraint {
    Int,
    Long,
    Bool,
    Guid,
    DateTime,
    Float,
    Alpha,
    Required,
    Length(usize, usize),
    Range(i64, i64),
    Regex(Regex),
}

impl Constraint {
    /// Reads a constraint, such as `min(1)`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, argument) = match text.split_once('(') {
            Some((name, rest)) => (name, Some(rest.strip_suffix(')')?)),
            None => (text, None),
        };
        let size = |text: &str| text.trim().parse::<usize>().ok();
        let number = |text: &str| text.trim().parse::<i64>().ok();
        Some(match (name.to_ascii_lowercase().as_str(), argument) {
            ("int", None) => Self::Int,
            ("long", None) => Self::Long,
            ("bool", None) => Self::Bool,
            ("guid", None) => Self::Guid,
            ("datetime", None) => Self::DateTime,
            ("decimal" | "double" | "float", None) => Self::Float,
            ("alpha", None) => Self::Alpha,
            ("required", None) => Self::Required,
            ("length", Some(argument)) => match argument.split_once(',') {
                Some((least, most)) => Self::Length(size(least)?, size(most)?),
                None => Self::Length(size(argument)?, size(argument)?),
            },
            ("minlength", Some(argument)) => Self::Length(size(argument)?, usize::MAX),
            ("maxlength", Some(argument)) => Self::Length(0, size(argument)?),
            ("min", Some(argument)) => Self::Range(number(argument)?, i64::MAX),
            ("max", Some(argument)) => Self::Range(i64::MIN, number(argument)?),
            ("range", Some(argument)) => {
                let (least, most) = argument.split_once(',')?;
                Self::Range(number(least)?, number(most)?)
            }
            ("regex", Some(argument)) => {
                // A brace is doubled in a template, since a single one ends the parameter.
                let pattern = argument.replace("{{", "{").replace("}}", "}");
                Self::Regex(
                    RegexBuilder::new(&pattern)
                        .case_insensitive(true)
                        .build()
                        .ok()?,
                )
            }
            _ => return None,
        })
    }

    /// Does a value keep to it?
    pub(crate) fn allows(&self, value: &str) -> bool {
        match self {
            Self::Int => value.trim().parse::<i32>().is_ok(),
            Self::Long => value.trim().parse::<i64>().is_ok(),
            Self::Bool => matches!(value.trim().to_ascii_lowercase().as_str(), "true" | "false"),
            Self::Guid => uuid::Uuid::try_parse(value.trim().trim_matches(['(', ')'])).is_ok(),
            Self::DateTime => is_date(value.trim()),
            Self::Float => value.trim().replace(',', "").parse::<f64>().is_ok(),
            Self::Alpha => value.chars().all(|c| c.is_ascii_alphabetic()),
            Self::Required => !value.is_empty(),
            // .NET counts UTF-16 units.
            Self::Length(least, most) => (*least..=*most).contains(&value.encode_utf16().count()),
            Self::Range(least, most) => value
                .trim()
                .parse::<i64>()
                .is_ok_and(|number| (*least..=*most).contains(&number)),
            Self::Regex(regex) => regex.is_match(value),
        }
    }
}

/// The usual forms of what .NET's invariant culture takes for a date: year-month-day or month/day/year, with or
/// without a time. It takes more; those are not found in URLs.
fn is_date(text: &str) -> bool {
    let (date, clock) = match text.split_once(['T', ' ']) {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let numbers = |text: &str, separator: char| -> Option<Vec<u32>> {
        text.split(separator)
            .map(|part| part.parse().ok())
            .collect()
    };
    let (year, month, day) = match (numbers(date, '-').as_deref(), numbers(date, '/').as_deref()) {
        (Some([year, month, day]), _) | (_, Some([month, day, year])) => (*year, *month, *day),
        _ => return false,
    };
    let valid = u8::try_from(month)
        .ok()
        .and_then(|month| time::Month::try_from(month).ok())
        .zip(u8::try_from(day).ok())
        .zip(i32::try_from(year).ok())
        .is_some_and(|((month, day), year)| {
            time::Date::from_calendar_date(year, month, day).is_ok()
        });
    let clock = clock.is_none_or(|clock| {
        clock.starts_with(|c: char| c.is_ascii_digit())
            && clock
                .chars()
                .all(|c| c.is_ascii_digit() || ":.+-Z APMapm".contains(c))
    });
    valid && clock
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_constraint_tells_right_from_wrong() {
        let cases = [
            ("int", "-7", "1x3"),
            ("long", "9000000000", "9e9"),
            ("bool", "True", "yes"),
            ("guid", "0d4b2a5e-93c1-4d0f-a1a7-6f3e1c0a9b11", "notaguid"),
            ("datetime", "2026-08-21T09:15:00", "2026-13-01"),
            ("datetime", "12/31/2026", "yesterday"),
            ("decimal", "1.5", "one"),
            ("float", "-1e3", ""),
            ("alpha", "Electronics", "999"),
            ("length(3)", "abc", "ab"),
            ("length(2,3)", "ab", "abcd"),
            ("minlength(2)", "ab", "a"),
            ("maxlength(2)", "", "abc"),
            ("min(5)", "5", "4"),
            ("max(5)", "5", "6"),
            ("range(1,3)", "2", "4"),
            ("regex(^\\d{{2}}$)", "12", "123"),
        ];
        for (constraint, right, wrong) in cases {
            let parsed = Constraint::parse(constraint).unwrap();
            assert!(parsed.allows(right), "{constraint} refuses {right}");
            assert!(!parsed.allows(wrong), "{constraint} allows {wrong}");
        }
        assert!(Constraint::parse("unheard").is_none());
        assert!(Constraint::parse("length").is_none());
    }
}
