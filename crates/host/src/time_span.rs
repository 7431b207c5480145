//! .NET's text form of a duration, as in `functionTimeout`.

use std::time::Duration;

/// The seconds of a day.
const DAY: u64 = 86_400;

/// More days than `TimeSpan.MaxValue` has.
const TOO_MANY_DAYS: u64 = 10_675_200;

/// Reads `[d.]hh:mm[:ss[.fffffff]]`, `d:hh:mm[:ss]` or a bare number of days, as `TimeSpan.Parse` does.
///
/// Hours end at 23: `24:00:00` is 24 days.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let mut parts: Vec<&str> = text.split(':').collect();
    if parts.len() == 1 {
        let days = below(text, TOO_MANY_DAYS)?;
        return Some(Duration::from_secs(days * DAY));
    }
    let mut days = 0;
    if let Some((before, hours)) = parts[0].split_once('.') {
        days = below(before, TOO_MANY_DAYS)?;
        parts[0] = hours;
    } else if parts.len() == 4 || (parts.len() == 3 && below(parts[0], 24).is_none()) {
        days = below(parts.remove(0), TOO_MANY_DAYS)?;
    }
    let hours = below(parts[0], 24)?;
    let minutes = below(parts.get(1)?, 60)?;
    let (seconds, nanos) = match parts.get(2) {
        None => (0, 0),
        Some(part) => {
            let (whole, fraction) = part.split_once('.').unwrap_or((part, "0"));
            if fraction.is_empty() || fraction.len() > 7 {
                return None;
            }
            let nanos: u32 = format!("{fraction:0<9}").parse().ok()?;
            (below(whole, 60)?, nanos)
        }
    };
    if parts.len() > 3 {
        return None;
    }
    let seconds = days * DAY + hours * 3_600 + minutes * 60 + seconds;
    Some(Duration::new(seconds, nanos))
}

fn below(text: &str, limit: u64) -> Option<u64> {
    text.parse().ok().filter(|number| *number < limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_time_span() {
        assert_eq!(parse("00:05:00"), Some(Duration::from_secs(300)));
        assert_eq!(parse("1.02:00:00"), Some(Duration::from_secs(93_600)));
        assert_eq!(parse("00:00:00.5"), Some(Duration::from_millis(500)));
        assert_eq!(parse("2"), Some(Duration::from_secs(172_800)));
        assert_eq!(parse("24:00:00"), Some(Duration::from_secs(24 * DAY)));
        assert_eq!(
            parse("100:01:00"),
            Some(Duration::from_secs(100 * DAY + 3_600))
        );
        assert_eq!(parse("25:00:00:00"), Some(Duration::from_secs(25 * DAY)));
        for wrong in [
            "",
            "5 minutes",
            "00:61:00",
            "00:00:00:00:00",
            "24:00",
            "1.24:00:00",
            "24:24:00",
            "10675200",
            "999999999999999999.00:00:00",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
