//! When a timer fires: six cron fields, or an interval.

use std::time::Duration;

use time::OffsetDateTime;

use super::cron::Cron;
use crate::app::{Binding, time_span};
use crate::json::Json;

/// When a timer fires. Times are UTC, as in Azure unless an app sets a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Schedule {
    Cron(Cron),
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
    /// Reads the binding; the error is the reason why its function is not loaded.
    pub(crate) fn of(binding: &Binding) -> Result<Self, String> {
        let text = binding.text("schedule").unwrap_or_default();
        let schedule = match (Cron::parse(text), time_span::parse(text)) {
            (Ok(cron), _) => Schedule::Cron(cron),
            (_, Some(every)) if !every.is_zero() => Schedule::Every(every),
            (Err(what), _) => {
                return Err(format!(
                    "The schedule expression was not recognized as a valid cron expression or timespan string. (\"{text}\": {what})"
                ));
            }
        };
        let switch = |name: &str| match binding.properties.get(name) {
            Some(Json::Bool(value)) => Some(*value),
            Some(Json::String(text)) => Some(text.eq_ignore_ascii_case("true")),
            _ => None,
        };
        Ok(Self {
            schedule,
            run_on_startup: switch("runOnStartup").unwrap_or(false),
            monitored: switch("useMonitor").unwrap_or(true),
        })
    }

    /// Is the schedule remembered? Not if it comes round more than once in the minute after `now`.
    pub(crate) fn is_monitored(&self, now: OffsetDateTime) -> bool {
        let often = match &self.schedule {
            Schedule::Every(every) => *every < Duration::from_secs(60),
            Schedule::Cron(cron) => cron
                .after(now)
                .and_then(|first| cron.after(first))
                .is_some_and(|second| second < now + Duration::from_secs(60)),
        };
        self.monitored && !often
    }
}

impl Schedule {
    /// The first occurrence after a moment.
    pub(crate) fn after(&self, moment: OffsetDateTime) -> Option<OffsetDateTime> {
        match self {
            Self::Cron(cron) => cron.after(moment),
            Self::Every(every) => moment.checked_add(time::Duration::try_from(*every).ok()?),
        }
    }

    /// `Schedule` of the value that functions get. Unconfirmed for intervals.
    pub(crate) fn shown(&self) -> Json {
        let adjusts = matches!(self, Self::Cron(_));
        Json::object([("AdjustForDST", Json::Bool(adjusts))])
    }
}
