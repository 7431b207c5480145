//! How long to wait before a call is made again.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The longest pause of each attempt, unless the service names one.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(300),
    Duration::from_millis(1000),
    Duration::from_millis(3000),
];

/// The pause before the attempt after `failed` others, or none if that many are enough.
pub(super) fn pause(failed: usize, asked: Option<Duration>) -> Option<Duration> {
    let longest = *PAUSES.get(failed.checked_sub(1)?)?;
    Some(asked.unwrap_or_else(|| jitter(longest)))
}

/// Between half of a time and all of it: callers that failed together must not come back together.
fn jitter(longest: Duration) -> Duration {
    // A hasher's random keys are all the randomness that this needs.
    let random = RandomState::new().build_hasher().finish() % 1000;
    let thousandths = u32::try_from(random).unwrap_or_default();
    longest / 2 + (longest / 2) * thousandths / 1000
}

/// How long the service asks us to wait: in milliseconds, in seconds, or until a date.
pub(super) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
        if let Some(milliseconds) = text(name).and_then(|text| text.parse().ok()) {
            return Some(Duration::from_millis(milliseconds));
        }
    }
    let text = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // A date that has passed asks for no pause.
    let date = date(text)?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// A date of HTTP.
fn date(text: &str) -> Option<SystemTime> {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date = time::PrimitiveDateTime::parse(text, format).ok()?;
    Some(date.assume_utc().into())
}

/// By how many seconds this machine's clock is before the service's, or behind it if the number is negative.
pub(super) fn clock_ahead(headers: &HeaderMap, now: i64) -> Option<i64> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let there = date(text)?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(now - i64::try_from(there.as_secs()).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn the_service_may_ask_for_a_pause_in_any_form() {
        let asked = |name, value: &str| asked(&headers(name, value));
        assert_eq!(asked("retry-after", "2"), Some(Duration::from_secs(2)));
        assert_eq!(
            asked("x-ms-retry-after-ms", "20"),
            Some(Duration::from_millis(20))
        );
        assert_eq!(
            asked("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"),
            Some(Duration::ZERO)
        );
        let far = asked("retry-after", "Wed, 21 Oct 2099 07:28:00 GMT");
        assert!(far.unwrap() > Duration::from_secs(1_000_000));
        assert_eq!(asked("retry-after", "soon"), None);
    }

    #[test]
    fn the_services_clock_is_compared_with_ours() {
        let headers = headers("date", "Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(clock_ahead(&headers, 1_445_412_480), Some(0));
        assert_eq!(clock_ahead(&headers, 1_445_412_000), Some(-480));
        assert_eq!(clock_ahead(&HeaderMap::new(), 0), None);
    }

    #[test]
    fn pauses_grow_and_end() {
        let times: Vec<_> = (1..=3).map(|failed| pause(failed, None).unwrap()).collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
        for (time, longest) in times.iter().zip(PAUSES) {
            assert!(*time >= longest / 2 && *time <= longest);
        }
        assert_eq!(pause(4, None), None);
        let asked = Some(Duration::from_millis(7));
        assert_eq!(pause(1, asked), asked);
    }
}
