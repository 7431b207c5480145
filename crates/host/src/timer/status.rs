//! What is remembered of a timer, so that a missed occurrence is made up for when the host starts again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;

use super::schedule::Schedule;
use crate::json::Json;

/// Last and next occurrence of a timer. Times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// None before the first run.
    pub(crate) last: Option<i64>,
    pub(crate) next: i64,
    pub(crate) updated: Option<i64>,
}

/// The statuses of an app's timers; in a file, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Statuses {
    file: Option<PathBuf>,
    known: Mutex<BTreeMap<String, Status>>,
}

impl Statuses {
    /// What a file holds; an absent file holds nothing, and so does one that cannot be read, which is an error besides.
    pub(crate) fn open(file: Option<PathBuf>) -> (Self, Option<String>) {
        let mut problem = None;
        let known = file.as_ref().map(|file| match std::fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                problem = Some(format!(
                    "{}: this is not a file of timer statuses: {error}",
                    file.display()
                ));
                BTreeMap::new()
            }),
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    problem = Some(format!("{}: {error}", file.display()));
                }
                BTreeMap::new()
            }
        });
        let known = Mutex::new(known.unwrap_or_default());
        (Self { file, known }, problem)
    }

    pub(crate) fn get(&self, timer: &str) -> Option<Status> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(timer).copied()
    }

    pub(crate) fn set(&self, timer: &str, status: Status) -> Result<(), String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(timer.to_owned(), status);
        let Some(file) = &self.file else {
            return Ok(());
        };
        let text = serde_json::to_vec(&*known).map_err(|error| error.to_string())?;
        // Written beside it first: a full disk then leaves the statuses from before.
        let draft = file.with_extension("new");
        let written = std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, file));
        written.map_err(|error| {
            let _ = std::fs::remove_file(&draft);
            format!("{}: {error}", file.display())
        })
    }
}

impl Status {
    /// The status with which a timer starts, and whether an occurrence was missed.
    pub(crate) fn at_start(
        known: Option<Self>,
        schedule: &Schedule,
        now: OffsetDateTime,
    ) -> Option<(Self, bool)> {
        let fresh = || {
            let next = milliseconds(schedule.after(now)?);
            Some(Self {
                last: None,
                next,
                updated: Some(milliseconds(now)),
            })
        };
        let Some(known) = known else {
            return fresh().map(|status| (status, false));
        };
        let since = known.last.or(known.updated);
        let expected = match since.and_then(moment_of) {
            Some(since) => schedule.after(since),
            None => moment_of(known.next),
        };
        // Another schedule than the last time: what was missed is not made up for.
        if expected.map(milliseconds) != Some(known.next) {
            return fresh().map(|status| (status, false));
        }
        Some((known, milliseconds(now) > known.next))
    }

    /// The status after a run that began at `at`.
    pub(crate) fn after_run(schedule: &Schedule, at: OffsetDateTime) -> Option<Self> {
        let began = milliseconds(at);
        let next = milliseconds(schedule.after(moment_of(began)?)?);
        Some(Self {
            last: Some(began),
            // An interval may be shorter than a millisecond.
            next: next.max(began + 1),
            updated: Some(began),
        })
    }

    /// `ScheduleStatus` of the value that functions get.
    pub(crate) fn shown(&self, schedule: &Schedule) -> Json {
        let form = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second][offset_hour sign:mandatory]:[offset_minute]"
        );
        let text = |moment: Option<i64>| {
            let moment = moment.and_then(moment_of);
            let moment = moment.map(|moment| schedule.local(moment));
            let text = moment.and_then(|moment| moment.format(&form).ok());
            Json::text(text.unwrap_or_else(|| "0001-01-01T00:00:00+00:00".to_owned()))
        };
        Json::object([
            ("Last", text(self.last)),
            ("Next", text(Some(self.next))),
            ("LastUpdated", text(self.updated)),
        ])
    }
}

fn milliseconds(moment: OffsetDateTime) -> i64 {
    // Every moment of this type fits.
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The moment of a number of milliseconds since 1970.
pub(super) fn moment_of(milliseconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timer::cron::Cron;
    use crate::timer::zone::Zone;
    use time::macros::datetime;

    fn cron(text: &str) -> Schedule {
        Schedule::Cron(Cron::parse(text).unwrap(), Zone::default())
    }

    #[test]
    fn a_missed_occurrence_is_noticed_unless_the_schedule_changed() {
        let hourly = cron("0 0 * * * *");
        let ran = Status::after_run(&hourly, datetime!(2026-08-21 09:00:00.2 UTC)).unwrap();
        assert_eq!(ran.next, milliseconds(datetime!(2026-08-21 10:00 UTC)));
        let start = |schedule: &Schedule, now| Status::at_start(Some(ran), schedule, now).unwrap();
        assert_eq!(
            start(&hourly, datetime!(2026-08-21 09:30 UTC)),
            (ran, false)
        );
        assert_eq!(start(&hourly, datetime!(2026-08-21 12:30 UTC)), (ran, true));
        let daily = cron("0 0 0 * * *");
        let (status, missed) = start(&daily, datetime!(2026-08-21 12:30 UTC));
        assert!(!missed);
        assert_eq!(status.next, milliseconds(datetime!(2026-08-22 00:00 UTC)));
    }

    #[test]
    fn what_cannot_be_written_leaves_the_statuses_from_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("timers.json");
        let (statuses, _) = Statuses::open(Some(file.clone()));
        let hourly = cron("0 0 * * * *");
        let ran = Status::after_run(&hourly, datetime!(2026-08-21 09:00 UTC)).unwrap();
        statuses.set("a", ran).unwrap();
        // Nothing can be written where a folder is.
        std::fs::create_dir(file.with_extension("new")).unwrap();
        assert!(statuses.set("b", ran).unwrap_err().contains("timers.json"));
        let (again, problem) = Statuses::open(Some(file));
        assert_eq!(
            (again.get("a"), again.get("b"), problem),
            (Some(ran), None, None)
        );
    }
}
