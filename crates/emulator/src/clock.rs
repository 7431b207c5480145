//! The clock that token times, `ce-time` and the log go by.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The system's clock, which tests move and hurry. Copies are one clock.
///
/// ```
/// use std::time::Duration;
///
/// let clock = sio_emulator::Clock::default();
/// let before = clock.unix_seconds();
/// clock.advance(Duration::from_secs(3600));
/// assert!(clock.unix_seconds() >= before + 3600);
/// ```
#[derive(Debug, Clone)]
pub struct Clock(Arc<Mutex<Reading>>);

/// What the clock showed at a moment, and how fast it has gone since.
#[derive(Debug, Clone, Copy)]
struct Reading {
    moment: SystemTime,
    shown: SystemTime,
    speed: f64,
}

impl Default for Clock {
    fn default() -> Self {
        let now = SystemTime::now();
        Self(Arc::new(Mutex::new(Reading {
            moment: now,
            shown: now,
            speed: 1.0,
        })))
    }
}

impl Reading {
    fn at(&self, moment: SystemTime) -> SystemTime {
        let passed = moment.duration_since(self.moment).unwrap_or_default();
        let passed = Duration::try_from_secs_f64(passed.as_secs_f64() * self.speed);
        let shown = passed
            .ok()
            .and_then(|passed| self.shown.checked_add(passed));
        shown.unwrap_or(self.shown)
    }
}

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.reading().at(SystemTime::now())
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        let since = self.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// How fast it goes; 1 is the system's speed.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.reading().speed
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.change(|reading| {
            reading.shown = reading.shown.checked_add(by).unwrap_or(reading.shown);
        });
    }

    /// Moves the clock back.
    pub fn rewind(&self, by: Duration) {
        self.change(|reading| {
            reading.shown = reading.shown.checked_sub(by).unwrap_or(reading.shown);
        });
    }

    /// Lets the clock go this much faster than the system's from now on; 0 stops it. Negative speeds count as 0.
    pub fn set_speed(&self, speed: f64) {
        self.change(|reading| reading.speed = if speed > 0.0 { speed } else { 0.0 });
    }

    /// Back to the system's time and speed.
    pub fn reset(&self) {
        self.change(|reading| {
            reading.shown = reading.moment;
            reading.speed = 1.0;
        });
    }

    fn change(&self, how: impl FnOnce(&mut Reading)) {
        let mut reading = self.reading();
        let moment = SystemTime::now();
        *reading = Reading {
            moment,
            shown: reading.at(moment),
            speed: reading.speed,
        };
        how(&mut reading);
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_can_be_stopped_and_hurried() {
        let clock = Clock::default();
        clock.set_speed(0.0);
        let stopped = clock.now();
        assert_eq!(clock.now(), stopped);
        clock.advance(Duration::from_secs(60));
        assert_eq!(clock.now(), stopped + Duration::from_secs(60));
        clock.rewind(Duration::from_secs(90));
        assert_eq!(clock.now(), stopped - Duration::from_secs(30));
        let before = SystemTime::now();
        clock.reset();
        assert!(clock.now() >= before);
        assert!(clock.speed() > 0.9 && clock.speed() < 1.1);
        let reading = Reading {
            moment: UNIX_EPOCH,
            shown: UNIX_EPOCH,
            speed: 60.0,
        };
        let later = UNIX_EPOCH + Duration::from_secs(2);
        assert_eq!(reading.at(later), UNIX_EPOCH + Duration::from_secs(120));
    }
}
