//! The date trap: a string that looks like a date is read as one and printed differently
//! (docs/contracts/functions-host.md, "Answer object").

use time::format_description::well_known::Iso8601;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::json::Json;

/// A date and time, with its zone if it was written with one.
enum Read {
    Bare(PrimitiveDateTime),
    Utc(OffsetDateTime),
    /// Written with an offset. The host turns it into its local time, which is UTC in Azure.
    Local(OffsetDateTime),
}

/// Reads what Newtonsoft.Json takes for a date: `2026-04-20T00:00:00`, with a fraction, with `Z` or an offset; and
/// `/Date(1776643200000)/`, the milliseconds since 1970.
fn read(text: &str) -> Option<Read> {
    if let Some(inside) = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
    {
        return milliseconds(inside);
    }
    let bytes = text.as_bytes();
    let shaped = (19..=40).contains(&text.len())
        && bytes[4] == b'-'
        && bytes[10] == b'T'
        && bytes[13] == b':';
    if !(shaped && text.is_ascii()) {
        return None;
    }
    let zone = text[19..].find(['Z', '+', '-']).map(|index| index + 19);
    match zone {
        None => PrimitiveDateTime::parse(text, &Iso8601::PARSING)
            .ok()
            .map(Read::Bare),
        Some(index) => {
            let moment = OffsetDateTime::parse(text, &Iso8601::PARSING)
                .ok()?
                .to_offset(UtcOffset::UTC);
            Some(if &text[index..] == "Z" {
                Read::Utc(moment)
            } else {
                Read::Local(moment)
            })
        }
    }
}

fn milliseconds(text: &str) -> Option<Read> {
    let offset = text.get(1..)?.find(['+', '-']).map(|index| index + 1);
    let (count, local) = match offset {
        Some(index) => (&text[..index], true),
        None => (text, false),
    };
    let nanoseconds = count.parse::<i128>().ok()?.checked_mul(1_000_000)?;
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?;
    Some(if local {
        Read::Local(moment)
    } else {
        Read::Utc(moment)
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
        Read::Utc(moment) => (PrimitiveDateTime::new(moment.date(), moment.time()), "Z"),
        Read::Local(moment) => (
            PrimitiveDateTime::new(moment.date(), moment.time()),
            "+00:00",
        ),
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
        Read::Bare(date) => date,
        Read::Utc(moment) | Read::Local(moment) => {
            PrimitiveDateTime::new(moment.date(), moment.time())
        }
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
    fn what_is_no_whole_date_stays() {
        for text in [
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
