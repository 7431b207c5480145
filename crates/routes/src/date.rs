//! What .NET's invariant culture takes for a date, a time, or both.

use time::{Date, Month};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// One part of a date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A number and how many digits it was written with.
    Number(u32, usize),
    Month(u8),
}

/// Would `DateTime.TryParse` take it?
///
/// The forms that URLs have: year-month-day and month/day/year with any of .NET's separators, year and month, month
/// and day, months by name, a weekday before them, a time behind them or alone.
pub(crate) fn is_date(text: &str) -> bool {
    let text = text.trim();
    let (date, clock) = match text.find(':') {
        None => (text, None),
        Some(colon) => {
            let start = text[..colon]
                .rfind(['T', 't', ' '])
                .map_or(0, |index| index + 1);
            (
                text[..start].trim_end_matches(['T', 't', ' ']),
                Some(&text[start..]),
            )
        }
    };
    if clock.is_some_and(|clock| !is_clock(clock)) {
        return false;
    }
    match parts(date) {
        Some(parts) if parts.is_empty() => clock.is_some(),
        Some(parts) => is_day(&parts),
        None => false,
    }
}

/// The parts between separators; none where one is neither a number nor a name.
fn parts(text: &str) -> Option<Vec<Part>> {
    let pieces = text.split(['/', '-', '.', ',', ' ']);
    let mut found = Vec::new();
    // A sign in front is not a separator.
    if text.starts_with(['/', '-']) || text.ends_with(['/', '-']) {
        return None;
    }
    for (index, piece) in pieces.filter(|piece| !piece.is_empty()).enumerate() {
        if piece.chars().all(|c| c.is_ascii_digit()) {
            let number = (piece.len() <= 8).then(|| piece.parse().ok()).flatten()?;
            found.push(Part::Number(number, piece.len()));
            continue;
        }
        let name = piece.to_ascii_lowercase();
        let named = |names: &[&str]| {
            let mut names = names.iter();
            names.position(|full| *full == name || full[..3] == name)
        };
        if let Some(month) = named(&MONTHS) {
            found.push(Part::Month(u8::try_from(month + 1).ok()?));
        } else if named(&DAYS).is_none() || index > 0 {
            return None;
        }
    }
    Some(found)
}

fn is_day(parts: &[Part]) -> bool {
    use Part::{Month as Name, Number};
    match *parts {
        [Number(year, 3..), Number(month, _), Number(day, _)]
        | [Number(month, ..=2), Number(day, ..=2), Number(year, _)] => exists(year, month, day),
        [Number(year, 3..), Number(month, ..=2)] | [Number(month, ..=2), Number(year, 3..)] => {
            exists(year, month, 1)
        }
        // Of this year, which may be a leap year.
        [Number(month, ..=2), Number(day, ..=2)] => exists(2000, month, day),
        [Name(month), Number(day, ..=2)] | [Number(day, ..=2), Name(month)] => {
            exists(2000, month.into(), day)
        }
        [Name(month), Number(year, 3..)] | [Number(year, 3..), Name(month)] => {
            exists(year, month.into(), 1)
        }
        [Name(month), Number(day, ..=2), Number(year, _)]
        | [Number(day, ..=2), Name(month), Number(year, _)]
        | [Number(year, 3..), Name(month), Number(day, ..=2)] => exists(year, month.into(), day),
        _ => false,
    }
}

fn exists(year: u32, month: u32, day: u32) -> bool {
    let month = u8::try_from(month)
        .ok()
        .and_then(|month| Month::try_from(month).ok());
    let (Some(month), Ok(day), Ok(year)) = (month, u8::try_from(day), i32::try_from(year)) else {
        return false;
    };
    (0..=9999).contains(&year) && Date::from_calendar_date(year, month, day).is_ok()
}

/// `9:15`, `09:15:30.5`, with a zone or with AM or PM.
fn is_clock(text: &str) -> bool {
    let upper = text.trim().to_ascii_uppercase();
    let (text, half) = match upper
        .strip_suffix("AM")
        .or_else(|| upper.strip_suffix("PM"))
    {
        Some(text) => (text.trim_end(), true),
        None => (upper.as_str(), false),
    };
    let zone = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (text, zone) = (text[..zone].trim_end(), &text[zone..]);
    let numbers = |text: &str| -> Option<Vec<u32>> {
        text.split(':')
            .map(|part| {
                (1..=2)
                    .contains(&part.len())
                    .then(|| part.parse().ok())
                    .flatten()
            })
            .collect()
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let offset = match zone {
        "" | "Z" => true,
        zone => matches!(
            numbers(&zone[1..]).as_deref(),
            Some([0..=14] | [0..=14, 0..=59])
        ),
    };
    let hours = if half { 12 } else { 23 };
    offset
        && fraction.chars().all(|c| c.is_ascii_digit())
        && match numbers(whole).as_deref() {
            Some([hour, minute]) => *hour <= hours && *minute < 60,
            Some([hour, minute, second]) => *hour <= hours && *minute < 60 && *second < 60,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_invariant_culture() {
        for right in [
            "2016-12-31",
            "12-31-2016",
            "12/31/2016",
            "2016-12",
            "12-2016",
            "1.5",
            "1-5",
            "2026-08-21T09:15:00",
            "2026-08-21T09:15:00.123Z",
            "2026-08-21 09:15+02:00",
            "9:15",
            "9:15 PM",
            "5 January 2016",
            "Jan 5",
            "Sat, 31 Dec 2016 10:00:00",
            "2/29/2016",
        ] {
            assert!(is_date(right), "{right}");
        }
        for wrong in [
            "",
            "1",
            "-5",
            "12",
            "x12",
            "2026-13-01",
            "31-12-2016",
            "1e3",
            "a.txt",
            "a-b-c",
            "yesterday",
            "25:00",
            "2016-12-31-1",
            "2/30/2016",
            "999999999-1",
            "2016-12-",
        ] {
            assert!(!is_date(wrong), "{wrong}");
        }
    }
}
