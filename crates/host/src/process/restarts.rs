//! How often a handler may fail (docs/contracts/functions-host.md, "Exit and restart").

use std::time::{Duration, Instant};

/// A failure later than this after the one before starts the count anew.
const WINDOW: Duration = Duration::from_secs(30 * 60);
/// The failure that stops the host.
const LIMIT: usize = 3;

/// The failures that count.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    failures: Vec<Instant>,
}

/// What follows a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Start it again, at once.
    Restart,
    /// The host stops; this many failures were counted.
    GiveUp(usize),
}

impl Restarts {
    /// Counts a failure.
    pub(crate) fn failed(&mut self, now: Instant) -> Verdict {
        let stale = self
            .failures
            .last()
            .is_some_and(|newest| now.duration_since(*newest) > WINDOW);
        if stale {
            self.failures.clear();
        }
        self.failures.push(now);
        if self.failures.len() < LIMIT {
            Verdict::Restart
        } else {
            Verdict::GiveUp(self.failures.len())
        }
    }

    /// How many failures count at present.
    pub(crate) fn count(&self) -> usize {
        self.failures.len()
    }

    /// A new binary has a clean record.
    pub(crate) fn forget(&mut self) {
        self.failures.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_failure_within_thirty_minutes_stops_the_host() {
        let start = Instant::now();
        let minute = |n: u64| start + Duration::from_secs(60 * n);
        let mut restarts = Restarts::default();
        assert_eq!(restarts.failed(minute(0)), Verdict::Restart);
        assert_eq!(restarts.failed(minute(29)), Verdict::Restart);
        assert_eq!(restarts.failed(minute(58)), Verdict::GiveUp(3));
    }

    #[test]
    fn a_quiet_half_hour_clears_the_record() {
        let start = Instant::now();
        let minute = |n: u64| start + Duration::from_secs(60 * n);
        let mut restarts = Restarts::default();
        restarts.failed(minute(0));
        restarts.failed(minute(1));
        assert_eq!(restarts.failed(minute(32)), Verdict::Restart);
        assert_eq!(restarts.count(), 1);
    }
}
