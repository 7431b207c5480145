//! What .NET's invariant culture takes for a date, a time, or both.
//!
//! Source: .NET's `DateTimeParse`, read as follows. Numbers and names are collected into a group until they are a date
//! or a time, then the next group begins; a text has one date and one time at most, and at least one of them.

use time::{Date, Month, Weekday};

use crate::date_state::{After, Kind, Made, State, Step};
use crate::date_token::{Half, Lexer};

/// The latest year that two digits stand for.
const LAST_OF_TWO_DIGITS: u32 = 2049;

/// Stands in for a year that is not written: .NET takes the current one, and this crate has no clock. Its February has
/// 29 days.
const UNWRITTEN: u32 = 2000;

/// Would `DateTime.TryParse` take it?
pub(crate) fn is_date(text: &str) -> bool {
    Reader::default().read(text).is_some()
}

#[derive(Default)]
struct Reader {
    numbers: Vec<u32>,
    month: Option<u32>,
    year: Option<u32>,
    date: Option<DateOnly>,
    time: Option<[u32; 3]>,
}

/// A day, of which a weekday may be asked if its year was written.
struct DateOnly {
    day: Date,
    has_year: bool,
}

impl Reader {
    fn read(&mut self, text: &str) -> Option<()> {
        let mut lexer = Lexer::new(text);
        let mut state = State::Begin;
        loop {
            let Some(kind) = lexer.next(state)? else {
                continue;
            };
            match kind {
                Kind::Number(after) => {
                    // "1/10 5 AM": the date is complete before the time begins.
                    if (state, after) == (State::DatedNn, After::Half) {
                        self.set_date(Made::Nn)?;
                    }
                    if self.numbers.len() == 3 {
                        return None;
                    }
                    self.numbers.push(lexer.value);
                    if after == After::Mark {
                        let dated = matches!(state, State::Yn | State::Ynd);
                        return dated.then(|| self.iso(&mut lexer))?;
                    }
                }
                Kind::Month(_) => once(&mut self.month, lexer.value)?,
                Kind::Year(_) => once(&mut self.year, lexer.value)?,
                Kind::Weekday | Kind::Zone | Kind::Nothing => {}
            }
            state = match state.next(kind)? {
                Step::To(state) => state,
                Step::Date(made) => {
                    self.set_date(made)?;
                    State::Begin
                }
                Step::Time(count) => {
                    let mut time = [0; 3];
                    time[..count].copy_from_slice(self.numbers.get(..count)?);
                    once(&mut self.time, time)?;
                    self.numbers.clear();
                    State::Begin
                }
            };
            if let Kind::Nothing | Kind::Number(After::End) | Kind::Month(After::End) = kind {
                break;
            }
        }
        (self.date.is_some() || self.time.is_some()).then_some(())?;
        let [hour, minute, second] = self.time.unwrap_or_default();
        let hours = match lexer.half {
            Some(Half::Morning) => 0..=12,
            Some(Half::Afternoon) | None => 0..=23,
        };
        (hours.contains(&hour) && minute < 60 && second < 60).then_some(())?;
        match (lexer.weekday, &self.date) {
            (Some(weekday), Some(date)) if date.has_year => {
                let named = Weekday::Monday.nth_next(weekday);
                (date.day.weekday() == named).then_some(())
            }
            _ => Some(()),
        }
    }

    /// What follows the `T` of `2016-12-31T10:00:00Z`: no weekday is compared, and numbers have two digits.
    fn iso(&mut self, lexer: &mut Lexer) -> Option<()> {
        self.set_date(Made::Ynn)?;
        let [hour, minute, second] = lexer.iso_time()?;
        (hour < 24 && minute < 60 && second < 60).then_some(())
    }

    fn set_date(&mut self, made: Made) -> Option<()> {
        let number = |index: usize| self.numbers.get(index).copied();
        let two_digits = |index: usize| {
            let year = 2000 + number(index)?;
            Some(year - if year > LAST_OF_TWO_DIGITS { 100 } else { 0 })
        };
        let has_year = !matches!(made, Made::Nn | Made::Mn);
        let day = match made {
            Made::Nn => day(UNWRITTEN, number(0)?, number(1)?),
            Made::Nnn => day(two_digits(2)?, number(0)?, number(1)?),
            Made::Mn => day(UNWRITTEN, self.month?, number(0)?),
            // The invariant culture writes a month as `2016 December`, so the number is a year.
            Made::Nm => day(two_digits(0)?, self.month?, 1),
            Made::Mnn => day(two_digits(1)?, self.month?, number(0)?)
                .or_else(|| day(two_digits(0)?, self.month?, number(1)?)),
            Made::Ynn => day(self.year?, number(0)?, number(1)?),
            Made::Ymn => day(self.year?, self.month?, number(0)?),
            Made::Yn => day(self.year?, number(0)?, 1),
            Made::Ym => day(self.year?, self.month?, 1),
        }?;
        once(&mut self.date, DateOnly { day, has_year })?;
        self.numbers.clear();
        Some(())
    }
}

/// Sets what may be set one time.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn day(year: u32, month: u32, day: u32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let year = i32::try_from(year)
        .ok()
        .filter(|year| (1..=9999).contains(year))?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
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
            "12.31.2016",
            "12/31/16",
            "2016/12/31",
            "2016 12 31",
            "2016-12",
            "12-2016",
            "1.5",
            "1-5",
            "2/29/2016",
            "2/29",
            "2016-12-31-05:00",
            "2016-12-31-1",
            "2026-08-21T09:15:00",
            "2026-08-21T09:15",
            "2026-08-21T09:15:00.123Z",
            "2026-08-21t09:15:00+0200",
            "2026-08-21T09:15:00 +02:00",
            "2026/08/21T09:15:00z",
            "2026-08-21 09:15+02:00",
            "2026-08-21 9:15:30.5",
            "9:15",
            "10:30",
            "9:15 PM",
            "9:15:30pm",
            "2 PM",
            "2PM",
            "12 AM",
            "10 30 PM",
            "1/10 5 AM",
            "12/31/2016 5:00 PM",
            "12/31/2016 5 PM",
            "5:00 PM 12/31/2016",
            "10:30 Z",
            "10:30 GMT",
            "10:30 PM +02:00",
            "5 January 2016",
            "5-Jan-2016",
            "5 Jan 16",
            "Jan 5",
            "Jan. 5",
            "January 2016",
            "2016 January",
            "31 Feb",
            "December 31, 2016",
            "Dec 31, 2016 5:00 PM",
            "31Dec2016",
            "Sat, 31 Dec 2016 10:00:00 GMT",
            "Saturday, December 31, 2016",
            "Saturday, 31 December 2016 10:00",
            "31 Dec 2016, Sat",
            "10:00:00.",
            " 2016-12-31 ",
        ] {
            assert!(is_date(right), "{right}");
        }
        for wrong in [
            "",
            " ",
            "1",
            "-5",
            "12",
            "2016",
            "20161231",
            "x12",
            "2026-13-01",
            "31-12-2016",
            "31.12.2016",
            "0000-01-01",
            "1e3",
            "a.txt",
            "a-b-c",
            "yesterday",
            "25:00",
            "24:00",
            "10:60",
            "10:",
            "10:30:",
            "10:30:00:00",
            "13 AM",
            "13:00 AM",
            "10 PM PM",
            "10:30 Z Z",
            "10:30+15:00",
            "10:30 11:30",
            "5 10:30",
            "12/31 10:30",
            "2016-12-31/2016-12-31",
            "2/30/2016",
            "2/29/2015",
            "999999999-1",
            "2016-12-",
            "2026-08-21T",
            "2026-08-21T9:15",
            "2026-08-21T24:00:00",
            "2026-08-21T09:15:00x",
            "2026-08T09:15",
            "08/21/2026T09:15",
            "Sun, 31 Dec 2016",
            "Sat, Sat, 31 Dec 2016",
            "Janu 5",
            "Sept 5",
            "Jan Feb 5",
            "2016-12-31 EST",
            "2016-12-31T10:00:00Z#",
        ] {
            assert!(!is_date(wrong), "{wrong}");
        }
    }
}
