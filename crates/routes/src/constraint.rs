//! Inline constraints of route parameters: `{id:int}`, `{name:length(3,8)}`.

use crate::date::is_date;
use crate::pattern::Pattern;

/// One constraint.
#[derive(Debug, Clone)]
pub(crate) enum Constraint {
    Int,
    Long,
    Bool,
    Guid,
    DateTime,
    Decimal,
    Double,
    Alpha,
    File,
    NotFile,
    Required,
    Length(usize, usize),
    Range(i64, i64),
    Regex(Pattern),
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
            ("decimal", None) => Self::Decimal,
            ("double" | "float", None) => Self::Double,
            ("file", None) => Self::File,
            ("nonfile", None) => Self::NotFile,
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
            ("regex", Some(argument)) => Self::Regex(Pattern::new(argument)?),
            _ => return None,
        })
    }

    /// Does a value keep to it?
    pub(crate) fn allows(&self, value: &str) -> bool {
        match self {
            Self::Int => value.trim().parse::<i32>().is_ok(),
            Self::Long => value.trim().parse::<i64>().is_ok(),
            Self::Bool => matches!(value.trim().to_ascii_lowercase().as_str(), "true" | "false"),
            Self::Guid => is_guid(value),
            Self::DateTime => is_date(value),
            Self::Decimal => is_decimal(value),
            Self::Double => is_double(value),
            Self::File => is_file(value),
            Self::NotFile => !is_file(value),
            Self::Alpha => value.chars().all(|c| c.is_ascii_alphabetic()),
            Self::Required => !value.is_empty(),
            // .NET counts UTF-16 units.
            Self::Length(least, most) => (*least..=*most).contains(&value.encode_utf16().count()),
            Self::Range(least, most) => value
                .trim()
                .parse::<i64>()
                .is_ok_and(|number| (*least..=*most).contains(&number)),
            Self::Regex(pattern) => pattern.is_in(value),
        }
    }
}

/// .NET's number styles "float" and "allow thousands": a sign, a fraction, an exponent, commas.
fn is_double(text: &str) -> bool {
    let text = text.trim();
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (text, None),
    };
    let named = ["nan", "infinity"];
    let name = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    named.contains(&name.as_str())
        || (is_decimal_part(digits.strip_prefix(['+', '-']).unwrap_or(digits))
            && exponent.is_none_or(|exponent| {
                let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                !exponent.is_empty() && exponent.chars().all(|c| c.is_ascii_digit())
            }))
}

/// .NET's number style "number": a sign at either end, a fraction, commas.
fn is_decimal(text: &str) -> bool {
    let text = text.trim();
    let sign = |c| matches!(c, '+' | '-');
    let text = text
        .strip_prefix(sign)
        .or_else(|| text.strip_suffix(sign))
        .unwrap_or(text)
        .trim();
    // The largest has 29 digits.
    is_decimal_part(text)
        && text
            .replace(',', "")
            .parse::<f64>()
            .is_ok_and(|number| number < 7.9e28)
}

fn is_decimal_part(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    whole.chars().all(|c| c.is_ascii_digit() || c == ',')
        && !whole.starts_with(',')
        && fraction.chars().all(|c| c.is_ascii_digit())
        && digits(whole) + digits(fraction) > 0
}

fn is_guid(text: &str) -> bool {
    let text = text.trim();
    let inside = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let text = match inside {
        Some(inside) if inside.contains('-') => inside,
        Some(_) => return false,
        None => text,
    };
    !text.starts_with("urn:") && uuid::Uuid::try_parse(text).is_ok()
}

/// A name with an extension, in the last segment.
fn is_file(value: &str) -> bool {
    let name = value.rsplit('/').next().unwrap_or_default();
    let extension = name.split_once('.').map_or("", |(_, extension)| extension);
    extension.contains(|c| c != '.')
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
            ("decimal", "1,000-", "1e3"),
            ("float", "-1e3", ""),
            ("double", "NaN", "inf"),
            (
                "guid",
                "(0d4b2a5e-93c1-4d0f-a1a7-6f3e1c0a9b11)",
                "urn:uuid:0d4b2a5e-93c1-4d0f-a1a7-6f3e1c0a9b11",
            ),
            ("file", "a/b.txt", "a.b/c"),
            ("file", ".x", "a."),
            ("nonfile", "a", "a.b"),
            ("alpha", "Electronics", "999"),
            ("length(3)", "abc", "ab"),
            ("length(2,3)", "ab", "abcd"),
            ("minlength(2)", "ab", "a"),
            ("maxlength(2)", "", "abc"),
            ("min(5)", "5", "4"),
            ("max(5)", "5", "6"),
            ("range(1,3)", "2", "4"),
            ("regex(^\\d{2}$)", "12", "123"),
        ];
        for (constraint, right, wrong) in cases {
            let parsed = Constraint::parse(constraint).unwrap();
            assert!(parsed.allows(right), "{constraint} refuses {right}");
            assert!(!parsed.allows(wrong), "{constraint} allows {wrong}");
        }
        assert!(Constraint::parse("unheard").is_none());
        assert!(Constraint::parse("regex([)").is_none());
        assert!(Constraint::parse("length").is_none());
    }
}
