//! The date trap: a string that looks like a date is read as one and printed differently
//! (docs/contracts/functions-host.md, "Answer object").

use time::macros::{datetime, format_description};
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time};

use crate::json::Json;

/// A date and time, with its zone if it was written with one.
enum Read {
    Bare(PrimitiveDateTime),
    Utc(PrimitiveDateTime),
    /// Written with an offset. The host turns it into its local time, which is UTC in Azure.
    Local(PrimitiveDateTime),
}

/// Reads what Newtonsoft.Json takes for a date: `2026-04-20T00:00:00`, with a fraction, with `Z` or an offset; and
/// `/Date(1776643200000)/`, the milliseconds since 1970.
///
/// Source: Newtonsoft.Json 13, `DateTimeUtils` and `DateTimeParser`.
fn read(text: &str) -> Option<Read> {
    if let Some(inside) = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
    {
        return milliseconds(inside);
    }
    if !((19..=40).contains(&text.len()) && text.is_ascii()) {
        return None;
    }
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = numbers(date, &[4, 2, 2], '-')?;
    let [hour, minute, second] = numbers(time.get(..8)?, &[2, 2, 2], ':')?;
    let mut rest = &time[8..];
    let mut ticks = 0;
    if let Some(after) = rest.strip_prefix('.') {
        // Longer fractions go on below, as what they look like there.
        let digits = after.bytes().take(7).take_while(u8::is_ascii_digit).count();
        // .NET counts in steps of 100 nanoseconds.
        ticks = format!(
            "{:0<7}",
            after.get(..digits).filter(|digits| !digits.is_empty())?
        )
        .parse()
        .ok()?;
        rest = &after[digits..];
    }
    let year = i32::from(year);
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()?;
    let is_midnight = (hour, minute, second, ticks) == (24, 0, 0, 0);
    let hour = if is_midnight { 0 } else { hour };
    let part = |number: u16| u8::try_from(number).ok();
    let time = Time::from_hms_nano(part(hour)?, part(minute)?, part(second)?, ticks * 100).ok()?;
    let date = if is_midnight { date.next_day()? } else { date };
    let moment = PrimitiveDateTime::new(date, time);
    if year == 0 || date.year() > 9999 {
        return None;
    }
    if matches!(rest, "Z" | "z") {
        return Some(Read::Utc(moment));
    }
    let east = match rest.as_bytes().first() {
        Some(b'+') => Some(1),
        Some(b'-') => Some(-1),
        _ => None,
    };
    let mut offset = Duration::ZERO;
    if let Some(east) = east {
        offset = Duration::hours(east * i64::from(two_digits(&rest[1..])?));
        rest = &rest[3..];
    }
    rest = rest.strip_prefix(':').unwrap_or(rest);
    // Without an hour, minutes are read and do not count.
    if let Some(minutes) = two_digits(rest) {
        offset += Duration::minutes(east.unwrap_or_default() * i64::from(minutes));
        rest = &rest[2..];
    }
    if !rest.is_empty() {
        return None;
    }
    Some(match east {
        None => Read::Bare(moment),
        Some(_) => Read::Local(moment.saturating_sub(offset).clamp(
            datetime!(0001-01-01 0:00),
            datetime!(9999-12-31 23:59:59.9999999),
        )),
    })
}

/// Numbers of these lengths, with a separator between them and nothing else.
fn numbers<const N: usize>(text: &str, lengths: &[usize; N], separator: char) -> Option<[u16; N]> {
    let mut found = [0; N];
    let mut parts = text.split(separator);
    for (number, length) in found.iter_mut().zip(lengths) {
        let part = parts.next()?;
        let is_number = part.len() == *length && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| is_number)?;
    }
    parts.next().is_none().then_some(found)
}

/// The number that the first two characters are.
fn two_digits(text: &str) -> Option<u8> {
    let text = text.get(..2)?;
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn milliseconds(text: &str) -> Option<Read> {
    let behind = text.get(1..)?;
    let offset = behind.find('+').or_else(|| behind.find('-'));
    let (count, is_local) = match offset.map(|index| text.split_at(index + 1)) {
        // The offset must be one, and does not count.
        Some((count, offset)) => {
            two_digits(&offset[1..])?;
            if offset.len() > 3 {
                two_digits(&offset[3..])?;
            }
            (count, true)
        }
        None => (text, false),
    };
    if count.starts_with('+') {
        return None;
    }
    let nanoseconds = count.parse::<i128>().ok()?.checked_mul(1_000_000)?;
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?;
    let moment = PrimitiveDateTime::new(moment.date(), moment.time());
    Some(match is_local {
        true => Read::Local(moment),
        false => Read::Utc(moment),
    })
}

/// A document as the host holds it: each date inside written in the host's own way.
pub(crate) fn reread(json: Json) -> Json {
    match json {
        Json::String(text) => Json::String(inside(&text).unwrap_or(text)),
        Json::Array(items) => Json::Array(items.into_iter().map(reread).collect()),
        Json::Object(members) => Json::Object(
            members
                .into_iter()
                .map(|(name, value)| (name, reread(value)))
                .collect(),
        ),
        other => other,
    }
}

/// A date as part of a larger document: zeros at the end of its fraction are gone.
fn inside(text: &str) -> Option<String> {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let (date, zone) = match read(text)? {
        Read::Bare(date) => (date, ""),
        Read::Utc(moment) => (moment, "Z"),
        Read::Local(moment) => (moment, "+00:00"),
    };
    // .NET counts in steps of 100 nanoseconds.
    let ticks = format!("{:07}", date.nanosecond() / 100);
    let fraction = ticks.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{}{dot}{fraction}{zone}", date.format(&form).ok()?))
}

/// A value that is asked for as text: a date alone comes out as `04/20/2026 00:00:00`.
pub(crate) fn text(value: &Json) -> String {
    let date = value.as_str().and_then(read).map(|date| match date {
        Read::Bare(date) | Read::Utc(date) | Read::Local(date) => date,
    });
    let form = format_description!("[month]/[day]/[year] [hour]:[minute]:[second]");
    date.and_then(|date| date.format(&form).ok())
        .unwrap_or_else(|| value.dotnet_text())
}

/// Is there a string in it that the host would write differently?
pub(crate) fn changes(value: &Json) -> bool {
    text(value) != value.dotnet_text() || reread(value.clone()) != *value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_a_document_lose_zeros_and_dates_alone_lose_their_form() {
        let string = |text: &str| Json::String(text.to_owned());
        for (written, inside, alone) in [
            (
                "2026-04-20T00:00:00.000Z",
                "2026-04-20T00:00:00Z",
                "04/20/2026 00:00:00",
            ),
            (
                "/Date(1700000000000)/",
                "2023-11-14T22:13:20Z",
                "11/14/2023 22:13:20",
            ),
            (
                "2026-04-20T01:02:03.1230",
                "2026-04-20T01:02:03.123",
                "04/20/2026 01:02:03",
            ),
            (
                "2026-04-20T02:00:00+02:00",
                "2026-04-20T00:00:00+00:00",
                "04/20/2026 00:00:00",
            ),
        ] {
            assert_eq!(reread(string(written)), string(inside));
            assert_eq!(text(&string(written)), alone);
            assert!(changes(&string(written)));
        }
    }

    #[test]
    fn dates_are_read_as_newtonsoft_reads_them() {
        let string = |text: &str| Json::String(text.to_owned());
        for (written, inside) in [
            ("2026-04-20T10:00:00z", "2026-04-20T10:00:00Z"),
            ("2026-04-20T10:00:00+0200", "2026-04-20T08:00:00+00:00"),
            ("2026-04-20T10:00:00+02", "2026-04-20T08:00:00+00:00"),
            ("2026-04-20T10:00:00+02:", "2026-04-20T08:00:00+00:00"),
            ("2026-04-20T10:00:00-99:59", "2026-04-24T13:59:00+00:00"),
            ("2026-04-20T10:00:00:30", "2026-04-20T10:00:00"),
            ("2026-04-20T10:00:0030", "2026-04-20T10:00:00"),
            ("2026-04-20T24:00:00Z", "2026-04-21T00:00:00Z"),
            ("2026-04-20T24:00:00.000Z", "2026-04-21T00:00:00Z"),
            ("0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00+00:00"),
            (
                "2026-04-20T10:00:00.123456789",
                "2026-04-20T10:00:00.1234567",
            ),
            (
                "2026-04-20T10:00:00.1234567Z",
                "2026-04-20T10:00:00.1234567Z",
            ),
            ("/Date(0+0200)/", "1970-01-01T00:00:00+00:00"),
            ("/Date(-1000-02)/", "1969-12-31T23:59:59+00:00"),
        ] {
            assert_eq!(reread(string(written)), string(inside), "{written}");
        }
    }

    #[test]
    fn what_is_no_whole_date_stays() {
        for text in [
            "2026-04-20t10:00:00Z",
            "2026-04-20 10:00:00Z",
            "2026-04-20T10:00Z",
            "2026-04-20T10:00:00 Z",
            "2026-04-20T10:00:00ZZ",
            "2026-04-20T10:00:00.Z",
            "2026-04-20T10:00:00,5Z",
            "2026-04-20T10:00:00.12345678",
            "2026-04-20T10:00:00+2",
            "2026-04-20T10:00:00+02:0",
            "2026-04-20T10:00:00+020",
            "2026-04-20T24:00:01",
            "2026-04-20T24:00:00.1",
            "2026-04-20T23:59:60",
            "2026-04-20T1:00:00.0",
            "2026-4-20T10:00:00.0",
            "2026-02-30T10:00:00",
            "0000-01-01T00:00:00",
            "+026-01-01T00:00:00",
            "2026-04-20T10:00:00+\u{e9}",
            "/Date(0+2)/",
            "/Date(0+020)/",
            "/Date(+5)/",
            "2026-04-20",
            "/Date(x)/",
            "/Date()/",
            "at 2026-04-20T00:00:00Z",
            "2026-13-20T00:00:00Z",
            "hello",
            "{\"a\":\"2026-04-20T00:00:00.000Z\"}",
        ] {
            let value = Json::String(text.to_owned());
            assert_eq!(reread(value.clone()), value);
            assert!(!changes(&value), "{text}");
        }
    }
}
