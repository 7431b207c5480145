//! The clock that timers and the handler's envelopes go by.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::watch;

/// The system's clock plus an offset, which tests move forward. Copies share the offset.
///
/// ```
/// use std::time::Duration;
///
/// let clock = sio_host::Clock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert!(clock.now() >= before + Duration::from_secs(3600));
/// ```
#[derive(Debug, Clone)]
pub struct Clock(Arc<watch::Sender<Duration>>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Duration::ZERO)))
    }
}

impl Clock {
    /// The time now, in UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + *self.0.borrow()
    }

    /// Moves the clock forward; timers that are due by then fire at once.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|offset| *offset += by);
    }

    /// Ready when it is this time.
    pub(crate) async fn until(&self, moment: OffsetDateTime) {
        let mut moved = self.0.subscribe();
        loop {
            moved.mark_unchanged();
            let left = moment - self.now();
            let Ok(left) = Duration::try_from(left) else {
                return;
            };
            if left.is_zero() {
                return;
            }
            tokio::select! {
                // A long sleep is cut, lest the system's clock be set meanwhile.
                () = tokio::time::sleep(left.min(Duration::from_secs(30))) => {}
                _ = moved.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn moving_the_clock_wakes_who_waits() {
        let clock = Clock::default();
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.until(clock.now() + Duration::from_secs(3600)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(3601));
        let woken = tokio::time::timeout(Duration::from_secs(5), waiting);
        woken.await.unwrap().unwrap();
    }
}
