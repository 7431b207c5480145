//! Schedules of six fields, as NCrontab reads them: second, minute, hour, day, month, day of the week. Five are those
//! without the second, which is 0.
//!
//! A moment must fit every field, day of the month *and* day of the week. Unlike cron proper there is no `?`, `L`, `W`
//! or `#`, Sunday is 0 only, and a range written backwards is turned round.

use time::{Date, Month, OffsetDateTime, Time};

/// A field's name and bounds, for messages.
struct Bounds {
    name: &'static str,
    lowest: u8,
    highest: u8,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: &[&str] = &[
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

const FIELDS: [Bounds; 6] = [
    bounds("second", 0, 59, &[]),
    bounds("minute", 0, 59, &[]),
    bounds("hour", 0, 23, &[]),
    bounds("day", 1, 31, &[]),
    bounds("month", 1, 12, MONTHS),
    bounds("day of the week", 0, 6, DAYS),
];

const fn bounds(
    name: &'static str,
    lowest: u8,
    highest: u8,
    names: &'static [&'static str],
) -> Bounds {
    Bounds {
        name,
        lowest,
        highest,
        names,
    }
}

/// How far ahead an occurrence is looked for: any that exists comes within a cycle of leap years and weekdays.
const YEARS: i32 = 29;

/// A schedule: the values that each field allows, one bit each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    fields: [u64; 6],
}

impl Cron {
    /// Reads six fields, or five without the second.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts: Vec<&str> = text.split_whitespace().collect();
        if parts.len() + 1 == FIELDS.len() {
            parts.insert(0, "0");
        }
        if parts.len() != FIELDS.len() {
            return Err(format!(
                "{} fields where six are needed: second minute hour day month weekday",
                parts.len()
            ));
        }
        let mut fields = [0; 6];
        for ((field, bounds), part) in fields.iter_mut().zip(&FIELDS).zip(parts) {
            for item in part.split(',') {
                *field |= bounds.item(item)?;
            }
        }
        Ok(Self { fields })
    }

    /// The first moment after this one; none where no date ever fits.
    pub(crate) fn after(&self, moment: OffsetDateTime) -> Option<OffsetDateTime> {
        let [seconds, minutes, hours, days, months, weekdays] = self.fields;
        // Whole seconds count.
        let start = moment.replace_nanosecond(0).ok()? + time::Duration::SECOND;
        let mut date = start.date();
        let mut from = Some(start.time());
        let last = date.year() + YEARS;
        while date.year() <= last {
            if !has(months, u8::from(date.month())) {
                date = first_of_next_month(date)?;
                from = None;
                continue;
            }
            let fits =
                has(days, date.day()) && has(weekdays, date.weekday().number_days_from_sunday());
            let earliest = from.take().unwrap_or(Time::MIDNIGHT);
            if fits && let Some(time) = first_time(seconds, minutes, hours, earliest) {
                return Some(date.with_time(time).assume_offset(moment.offset()));
            }
            date = date.next_day()?;
        }
        None
    }
}

impl Bounds {
    /// One item of a list: `*`, `5`, `1-5`, `Mon-Fri`, each with a step or without.
    fn item(&self, item: &str) -> Result<u64, String> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                let step = step.parse::<u8>().ok().filter(|step| *step > 0);
                let step = step.ok_or_else(|| {
                    format!(
                        "the step in \"{item}\" ({}) is not a number above 0",
                        self.name
                    )
                })?;
                (range, Some(step))
            }
            None => (item, None),
        };
        let (first, last) = if range == "*" {
            (self.lowest, self.highest)
        } else if let Some((first, last)) = range.split_once('-') {
            let (first, last) = (self.value(first)?, self.value(last)?);
            (first.min(last), first.max(last))
        } else {
            let first = self.value(range)?;
            // `5/15` goes on from 5 to the end.
            let on = step.is_some_and(|step| step > 1);
            (first, if on { self.highest } else { first })
        };
        Ok((first..=last)
            .step_by(usize::from(step.unwrap_or(1)))
            .fold(0, |bits, value| bits | 1 << value))
    }

    fn value(&self, text: &str) -> Result<u8, String> {
        let wrong = || {
            format!(
                "\"{text}\" is not a {}: it goes from {} to {}",
                self.name, self.lowest, self.highest
            )
        };
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return text
                .parse()
                .ok()
                .filter(|value| (self.lowest..=self.highest).contains(value))
                .ok_or_else(wrong);
        }
        let named = self.names.iter().position(|name| {
            text.len() >= 3
                && name
                    .get(..text.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(text))
        });
        named
            .and_then(|index| u8::try_from(index).ok())
            .map(|index| index + self.lowest)
            .ok_or_else(wrong)
    }
}

fn has(bits: u64, value: u8) -> bool {
    bits >> value & 1 == 1
}

fn first_of_next_month(date: Date) -> Option<Date> {
    let month = date.month().next();
    let year = date.year() + i32::from(month == Month::January);
    Date::from_calendar_date(year, month, 1).ok()
}

/// The first allowed time of a day, not before `earliest`.
fn first_time(seconds: u64, minutes: u64, hours: u64, earliest: Time) -> Option<Time> {
    let (hour, minute, second) = earliest.as_hms();
    for h in (hour..24).filter(|h| has(hours, *h)) {
        let from = if h == hour { minute } else { 0 };
        for m in (from..60).filter(|m| has(minutes, *m)) {
            let from = if (h, m) == (hour, minute) { second } else { 0 };
            if let Some(s) = (from..60).find(|s| has(seconds, *s)) {
                return Time::from_hms(h, m, s).ok();
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn occurrences() {
        let start = datetime!(2026-08-21 09:15:30.5 UTC); // a Friday
        for (text, next) in [
            ("0 */5 * * * *", datetime!(2026-08-21 09:20:00 UTC)),
            ("*/5 * * * *", datetime!(2026-08-21 09:20:00 UTC)),
            ("* * * * * *", datetime!(2026-08-21 09:15:31 UTC)),
            ("30 15 9 * * *", datetime!(2026-08-22 09:15:30 UTC)),
            ("0 30 9 * * 1-5", datetime!(2026-08-21 09:30:00 UTC)),
            ("0 0 9 * * Mon-Fri", datetime!(2026-08-24 09:00:00 UTC)),
            ("0 0 9 * * sunday,tue", datetime!(2026-08-23 09:00:00 UTC)),
            ("0 0 0 29 2 *", datetime!(2028-02-29 00:00:00 UTC)),
            // Both the day and the weekday must fit.
            ("0 0 0 13 * Fri", datetime!(2026-11-13 00:00:00 UTC)),
            ("0 5/20 * * * *", datetime!(2026-08-21 09:25:00 UTC)),
            ("0 0 17-9 * * *", datetime!(2026-08-21 10:00:00 UTC)),
            ("0 0 0 1 Jan *", datetime!(2027-01-01 00:00:00 UTC)),
            ("59 59 23 31 12 *", datetime!(2026-12-31 23:59:59 UTC)),
        ] {
            assert_eq!(
                Cron::parse(text).unwrap().after(start),
                Some(next),
                "{text}"
            );
        }
        assert_eq!(Cron::parse("0 0 0 30 2 *").unwrap().after(start), None);
    }

    #[test]
    fn what_is_no_schedule_is_named() {
        for (text, words) in [
            ("* * * *", "4 fields where six are needed"),
            (
                "60 * * * * *",
                "\"60\" is not a second: it goes from 0 to 59",
            ),
            (
                "0 0 0 * * 7",
                "\"7\" is not a day of the week: it goes from 0 to 6",
            ),
            ("0 0 0 ? * *", "\"?\" is not a day"),
            ("0 */0 * * * *", "the step"),
            ("0 0 0 * Foo *", "\"Foo\" is not a month"),
            ("", "0 fields"),
        ] {
            let error = Cron::parse(text).unwrap_err();
            assert!(error.starts_with(words), "{text}: {error}");
        }
    }
}
