//! When a timer fires: cron fields, or an interval.

use std::time::Duration;

use time::OffsetDateTime;

use super::cron::Cron;
use super::zone::Zone;
use crate::json::Json;
use crate::time_span;

/// When a timer fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// By the clocks of a zone.
    Cron(Cron, Zone),
    /// None at all fires without end.
    Every(Duration),
}

/// A `timerTrigger`, as its binding describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimerConfig {
    pub(crate) schedule: Schedule,
    pub(crate) run_on_startup: bool,
    /// `useMonitor`: the last and next occurrence are remembered.
    pub(crate) monitored: bool,
}

impl TimerConfig {
    /// Reads a schedule, which goes by the clocks of a zone; the error is the reason why its function is not loaded.
    pub(crate) fn new(
        text: &str,
        zone: &Zone,
        run_on_startup: bool,
        monitored: bool,
    ) -> Result<Self, String> {
        let schedule = match (Cron::parse(text), interval(text)) {
            (Ok(cron), _) => Schedule::Cron(cron, zone.clone()),
            (_, Some(every)) => Schedule::Every(every),
            (Err(what), _) => {
                return Err(format!(
                    "The schedule expression was not recognized as a valid cron expression or timespan string. (\"{text}\": {what})"
                ));
            }
        };
        Ok(Self {
            schedule,
            run_on_startup,
            monitored,
        })
    }

    /// Is the schedule remembered? Not if it comes round more than once in the minute after `now`.
    pub(crate) fn is_monitored(&self, now: OffsetDateTime) -> bool {
        let often = match &self.schedule {
            Schedule::Every(every) => *every < Duration::from_secs(60),
            Schedule::Cron(..) => self
                .schedule
                .after(now)
                .and_then(|first| self.schedule.after(first))
                .is_some_and(|second| second < now + Duration::from_secs(60)),
        };
        self.monitored && !often
    }
}

/// An interval; a negative one is always over, as one of nothing is.
fn interval(text: &str) -> Option<Duration> {
    match text.trim().strip_prefix('-') {
        Some(negative) => time_span::parse(negative).map(|_| Duration::ZERO),
        None => time_span::parse(text),
    }
}

/// What an author may have meant otherwise who wrote this interval.
pub(crate) fn doubt(text: &str) -> Option<String> {
    if Cron::parse(text).is_ok() {
        return None;
    }
    let every = interval(text)?;
    if every.is_zero() {
        return Some(format!(
            "the schedule \"{text}\" leaves no time between two invocations, so the timer fires without end, in Azure too; write an interval, as in \"00:05:00\""
        ));
    }
    let days = every.as_secs() / (24 * 60 * 60);
    let written = text.split([':', '.']).next()?.trim();
    // Three parts whose first is too large for an hour.
    let taken = text.split(':').count() == 3 && !text.contains('.') && days >= 24;
    taken.then(|| {
        format!(
            "the schedule \"{text}\" is an interval of {days} days, in Azure too: hours end at 23. For {written} hours write days and hours, as in \"1.00:00:00\""
        )
    })
}

impl Schedule {
    /// The first occurrence after a moment.
    pub(crate) fn after(&self, moment: OffsetDateTime) -> Option<OffsetDateTime> {
        match self {
            Self::Cron(cron, zone) => zone.moment(cron.after(zone.at(moment))?),
            Self::Every(every) => moment.checked_add(time::Duration::try_from(*every).ok()?),
        }
    }

    /// A moment as this schedule's clocks show it; those of an interval are UTC.
    pub(crate) fn local(&self, moment: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Cron(_, zone) => zone.at(moment),
            Self::Every(_) => moment,
        }
    }

    /// `Schedule` of the value that functions get.
    pub(crate) fn shown(&self) -> Json {
        let adjusts = matches!(self, Self::Cron(..));
        Json::object([("AdjustForDST", Json::Bool(adjusts))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn doubtful_intervals_are_taken_and_explained() {
        let every = |text: &str| {
            let config = TimerConfig::new(text, &Zone::default(), false, true);
            match config.unwrap().schedule {
                Schedule::Every(every) => every,
                cron @ Schedule::Cron(..) => panic!("{cron:?}"),
            }
        };
        assert_eq!(every("24:00:00"), Duration::from_secs(24 * 86_400));
        assert_eq!(every("-00:01:00"), Duration::ZERO);
        assert!(doubt("24:00:00").unwrap().contains("24 days"));
        assert!(doubt("00:00:00").unwrap().contains("without end"));
        assert!(doubt("-1:00:00").unwrap().contains("without end"));
        for plain in [
            "00:05:00",
            "30.00:00:00",
            "0 */5 * * * *",
            "*/5 * * * *",
            "nonsense",
        ] {
            assert_eq!(doubt(plain), None, "{plain}");
        }
    }

    #[test]
    fn cron_goes_by_the_clocks_of_its_zone() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let schedule = |text: &str| Schedule::Cron(Cron::parse(text).unwrap(), zone.clone());
        let daily = schedule("0 30 2 * * *");
        for (after, next) in [
            // Winter, summer, the day that has no half past two, and the day that has two.
            (
                datetime!(2026-01-10 12:00 UTC),
                datetime!(2026-01-11 01:30 UTC),
            ),
            (
                datetime!(2026-07-10 12:00 UTC),
                datetime!(2026-07-11 00:30 UTC),
            ),
            (
                datetime!(2026-03-29 00:00 UTC),
                datetime!(2026-03-29 01:30 UTC),
            ),
            (
                datetime!(2026-03-29 01:30 UTC),
                datetime!(2026-03-30 00:30 UTC),
            ),
            (
                datetime!(2026-10-25 00:00 UTC),
                datetime!(2026-10-25 01:30 UTC),
            ),
            (
                datetime!(2026-10-25 01:30 UTC),
                datetime!(2026-10-26 01:30 UTC),
            ),
        ] {
            assert_eq!(daily.after(after), Some(next), "after {after}");
        }
        // Every second goes on over the gap without a rest.
        let often = schedule("* * * * * *");
        let last = datetime!(2026-03-29 00:59:59 UTC);
        assert_eq!(often.after(last), Some(datetime!(2026-03-29 01:00 UTC)));
    }
}
