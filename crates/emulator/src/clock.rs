//! The clock that token times, `ce-time` and the log go by.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The system's clock plus an offset, which tests move. Copies share the offset.
///
/// ```
/// use std::time::Duration;
///
/// let clock = sio_emulator::Clock::default();
/// let before = clock.unix_seconds();
/// clock.advance(Duration::from_secs(3600));
/// assert!(clock.unix_seconds() >= before + 3600);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let offset = self.0.load(Ordering::Relaxed);
        let offset_length = Duration::from_millis(offset.unsigned_abs());
        if offset < 0 {
            SystemTime::now() - offset_length
        } else {
            SystemTime::now() + offset_length
        }
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        let since = self.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.shift(by, 1);
    }

    /// Moves the clock back.
    pub fn rewind(&self, by: Duration) {
        self.shift(by, -1);
    }

    fn shift(&self, by: Duration, sign: i64) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 2);
        self.0.fetch_add(sign * by, Ordering::Relaxed);
    }
}
