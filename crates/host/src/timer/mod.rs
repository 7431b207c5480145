//! Timer triggers: schedules, what is remembered of them, and the task that fires each.
//!
//! Source: docs/contracts/functions-host.md's example "Timer trigger", and the documentation of the timer trigger.
//! Occurrences that come while the function still runs are fired right after it, one for all of them, as the original
//! does.

mod cron;
mod schedule;
mod status;
mod zone;

use std::sync::Arc;

use time::OffsetDateTime;

pub(crate) use schedule::{TimerConfig, doubt};
pub(crate) use status::Statuses;
pub(crate) use zone::{SETTING as ZONE_SETTING, Zone};

use self::schedule::Schedule;
use self::status::Status;
use crate::clock::Clock;
use crate::json::Json;

/// A timer that is about to fire.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Firing {
    /// What the function gets.
    pub(crate) value: Json,
    /// Why it fires although it is not its time.
    pub(crate) reason: Option<&'static str>,
}

/// A timer, from occurrence to occurrence.
pub(crate) struct Timer {
    name: String,
    config: TimerConfig,
    clock: Clock,
    statuses: Arc<Statuses>,
    monitored: bool,
    status: Option<Status>,
    first: Option<First>,
}

/// An invocation at the start.
enum First {
    PastDue,
    OnStartup,
}

impl Timer {
    pub(crate) fn new(
        name: &str,
        config: TimerConfig,
        clock: Clock,
        statuses: Arc<Statuses>,
    ) -> Self {
        let now = clock.now();
        let monitored = config.is_monitored(now);
        let known = statuses.get(name).filter(|_| monitored);
        let start = Status::at_start(known, &config.schedule, now);
        let first = match start {
            Some((_, true)) => Some(First::PastDue),
            _ if config.run_on_startup => Some(First::OnStartup),
            _ => None,
        };
        Self {
            name: name.to_owned(),
            config,
            clock,
            statuses,
            monitored,
            status: start.map(|(status, _)| status),
            first,
        }
    }

    /// Waits until the timer fires; none when it never does again.
    pub(crate) async fn next(&mut self) -> Option<Firing> {
        let (past_due, reason) = match self.first.take() {
            Some(First::PastDue) => (true, Some("it is past due")),
            Some(First::OnStartup) => (false, Some("runOnStartup")),
            None => {
                let next = status::moment_of(self.status?.next)?;
                self.clock.until(next).await;
                (false, None)
            }
        };
        let status = self.status.filter(|_| self.monitored);
        let value = value(&self.config.schedule, status, past_due);
        Some(Firing { value, reason })
    }

    /// Remembers that it ran; `began` is when.
    pub(crate) fn ran(&mut self, began: OffsetDateTime) -> Result<(), String> {
        self.status = Status::after_run(&self.config.schedule, began);
        match self.status.filter(|_| self.monitored) {
            Some(status) => self.statuses.set(&self.name, status),
            None => Ok(()),
        }
    }
}

/// What a function gets.
fn value(schedule: &Schedule, status: Option<Status>, past_due: bool) -> Json {
    let status = status.map_or(Json::Null, |status| status.shown(schedule));
    Json::object([
        ("Schedule", schedule.shown()),
        ("ScheduleStatus", status),
        ("IsPastDue", Json::Bool(past_due)),
    ])
}

/// The value of a timer that is run by hand.
pub(crate) fn by_hand(
    name: &str,
    config: &TimerConfig,
    statuses: &Statuses,
    now: OffsetDateTime,
) -> Json {
    let status = config.is_monitored(now).then(|| {
        let known = statuses.get(name);
        known.or_else(|| Status::at_start(None, &config.schedule, now).map(|(status, _)| status))
    });
    value(&config.schedule, status.flatten(), false)
}
