//! The words and numbers of a date, as .NET's invariant culture tells them apart.

use crate::date_state::{After, Kind, State};

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

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    Morning,
    Afternoon,
}

/// Reads token by token.
pub(crate) struct Lexer<'a> {
    rest: &'a str,
    /// The last number, year or month.
    pub(crate) value: u32,
    pub(crate) half: Option<Half>,
    /// Days after Monday.
    pub(crate) weekday: Option<u8>,
    has_zone: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            value: 0,
            half: None,
            weekday: None,
            has_zone: false,
        }
    }

    /// The next token, or nothing where something is skipped. The outer `None` is a text that isn't a date.
    pub(crate) fn next(&mut self, state: State) -> Option<Option<Kind>> {
        self.skip_spaces();
        let Some(first) = self.rest.chars().next() else {
            return Some(Some(Kind::Nothing));
        };
        if first.is_ascii_digit() {
            return self.number(state).map(Some);
        }
        if first.is_alphabetic() {
            return self.name(state);
        }
        match first {
            ',' | '.' => self.rest = &self.rest[1..],
            '+' | '-' => self.offset()?,
            _ => return None,
        }
        Some(None)
    }

    fn number(&mut self, state: State) -> Option<Kind> {
        let digits = self.digits();
        // .NET reads no longer ones.
        if digits.len() > 8 {
            return None;
        }
        self.value = digits.parse().ok()?;
        if state == State::Minute
            && let Some(fraction) = self.rest.strip_prefix('.')
        {
            self.rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        if matches!(state, State::Hour | State::Minute) {
            self.offset_ahead()?;
        }
        if digits.len() > 2 {
            return match self.after(state, Kind::Year)? {
                // A time follows.
                After::Half => Some(Kind::Year(After::Space)),
                After::Time | After::Mark => None,
                after => Some(Kind::Year(after)),
            };
        }
        let after = self.after(state, Kind::Number)?;
        if after == After::Half && matches!(state, State::Hour | State::Minute) {
            self.offset_ahead()?;
        }
        Some(Kind::Number(after))
    }

    fn name(&mut self, state: State) -> Option<Option<Kind>> {
        let word = self.word();
        let lower = word.to_ascii_lowercase();
        let named = |names: &[&str]| {
            let mut names = names.iter();
            names.position(|full| *full == lower || full[..3] == lower)
        };
        if let Some(month) = named(&MONTHS) {
            self.rest = &self.rest[word.len()..];
            let after = self.after(state, Kind::Month)?;
            self.value = u32::try_from(month).ok()? + 1;
            let separates = matches!(after, After::End | After::Space | After::Date);
            return separates.then_some(Some(Kind::Month(after)));
        }
        if let Some(day) = named(&DAYS) {
            self.rest = &self.rest[word.len()..];
            let day = u8::try_from(day).ok()?;
            return self
                .weekday
                .replace(day)
                .is_none()
                .then_some(Some(Kind::Weekday));
        }
        if matches!(lower.as_str(), "gmt" | "z") {
            self.rest = &self.rest[word.len()..];
            let first = !std::mem::replace(&mut self.has_zone, true);
            return first.then_some(Some(Kind::Zone));
        }
        self.half_of_day()?.then_some(None)
    }

    /// What follows a number or a name; it is read on the way.
    fn after(&mut self, state: State, kind: fn(After) -> Kind) -> Option<After> {
        self.skip_spaces();
        let Some(first) = self.rest.chars().next() else {
            return Some(After::End);
        };
        let after = match first {
            '/' => After::Date,
            ':' => After::Time,
            '-' => {
                // Where a date is complete, an offset from UTC begins.
                if !state.takes(kind(After::Date)) && state.ends_with(kind(After::Space)) {
                    return Some(After::Space);
                }
                After::Date
            }
            't' | 'T' if self.word().len() == 1 => After::Mark,
            _ if self.half_of_day()? => return Some(After::Half),
            _ => return Some(After::Space),
        };
        self.rest = &self.rest[1..];
        Some(after)
    }

    /// Reads AM or PM, if it is there; a second one is an error.
    fn half_of_day(&mut self) -> Option<bool> {
        let half = match self.word().to_ascii_lowercase().as_str() {
            "am" => Half::Morning,
            "pm" => Half::Afternoon,
            _ => return Some(false),
        };
        self.rest = &self.rest[2..];
        self.half.replace(half).is_none().then_some(true)
    }

    /// Reads an offset behind a time, if it is there.
    fn offset_ahead(&mut self) -> Option<()> {
        let ahead = self.rest.trim_start();
        if !ahead.starts_with(['+', '-']) {
            return Some(());
        }
        self.rest = ahead;
        self.offset()
    }

    /// Reads `+2`, `-02`, `+02:00`, `+200` or `+0200`.
    fn offset(&mut self) -> Option<()> {
        if std::mem::replace(&mut self.has_zone, true) {
            return None;
        }
        self.rest = &self.rest[1..];
        let digits = self.digits();
        let number: u32 = digits.parse().ok()?;
        let (hours, minutes) = match digits.len() {
            1 | 2 => match self.rest.strip_prefix(':') {
                None => (number, 0),
                Some(rest) => {
                    self.rest = rest;
                    let minutes = self.digits();
                    ((1..=2).contains(&minutes.len())).then_some(())?;
                    (number, minutes.parse().ok()?)
                }
            },
            3 | 4 => (number / 100, number % 100),
            _ => return None,
        };
        // .NET knows 14 hours at most.
        (minutes < 60 && hours * 60 + minutes <= 14 * 60).then_some(())
    }

    /// The time behind a `T`, to the end of the text.
    pub(crate) fn iso_time(&mut self) -> Option<[u32; 3]> {
        let mut time = [self.two_digits()?, 0, 0];
        self.rest = self.rest.trim_start().strip_prefix(':')?;
        time[1] = self.two_digits()?;
        if let Some(rest) = self.rest.trim_start().strip_prefix(':') {
            self.rest = rest;
            time[2] = self.two_digits()?;
            if let Some(fraction) = self.rest.strip_prefix('.') {
                self.rest = fraction;
                (!self.digits().is_empty()).then_some(())?;
            }
        }
        self.skip_spaces();
        match self.rest.chars().next() {
            Some('+' | '-') => self.offset()?,
            Some('Z' | 'z') => self.rest = &self.rest[1..],
            _ => {}
        }
        self.rest.trim_start().is_empty().then_some(time)
    }

    fn two_digits(&mut self) -> Option<u32> {
        self.skip_spaces();
        let number = self.rest.get(..2)?;
        let number = number
            .chars()
            .all(|c| c.is_ascii_digit())
            .then_some(number)?;
        self.rest = &self.rest[2..];
        number.parse().ok()
    }

    fn digits(&mut self) -> &'a str {
        let all = self.rest;
        self.rest = all.trim_start_matches(|c: char| c.is_ascii_digit());
        &all[..all.len() - self.rest.len()]
    }

    /// The letters ahead.
    fn word(&self) -> &'a str {
        let behind = self.rest.trim_start_matches(char::is_alphabetic);
        &self.rest[..self.rest.len() - behind.len()]
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }
}
