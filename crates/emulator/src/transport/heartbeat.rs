//! Pings at their times, and the end of a client that does not answer.
//!
//! Times are counted from when a session was opened and from when a ping was due, not from when a timer woke up for it:
//! a client that counts for itself, and asks again when its session should be over, finds it over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

/// The heartbeat of one session.
pub(super) struct Heartbeat {
    opened: Instant,
    /// Until when a ping has to be answered; `None` while none is under way.
    due: Mutex<Option<Instant>>,
    pong: Notify,
    /// Nothing is read from the client at present, so silence proves nothing.
    stalled: AtomicBool,
}

impl Heartbeat {
    pub(super) fn begin() -> Self {
        Self {
            opened: Instant::now(),
            due: Mutex::new(None),
            pong: Notify::new(),
            stalled: AtomicBool::new(false),
        }
    }

    /// The client answered.
    pub(super) fn pong(&self) {
        self.set_due(None);
        self.pong.notify_one();
    }

    /// Notes whether the client is being read.
    pub(super) fn set_stalled(&self, stalled: bool) {
        self.stalled.store(stalled, Ordering::Relaxed);
    }

    /// Pings the client at its times. Returns when a ping stays unanswered.
    pub(super) async fn keep(&self, interval: Duration, patience: Duration, ping: impl Fn()) {
        let mut next = self.opened + interval;
        loop {
            sleep_until(next).await;
            // A pong without a ping must not answer the next one.
            let _ = self.pong.notified().now_or_never();
            // Where everything here was held up, the client gets its whole time.
            let now = Instant::now();
            let held_up = now - next > patience / 2;
            let pinged = if held_up { now } else { next };
            let mut due = pinged + patience;
            self.set_due(Some(due));
            ping();
            while timeout_at(due, self.pong.notified()).await.is_err() {
                if !self.stalled.load(Ordering::Relaxed) {
                    return;
                }
                due = Instant::now() + patience;
                self.set_due(Some(due));
            }
            next = Instant::now() + interval;
        }
    }

    /// Whether a ping should have been answered by now. The task that watches it may not have woken up yet.
    pub(super) fn is_overdue(&self) -> bool {
        let overdue = self.due().is_some_and(|due| Instant::now() >= due);
        overdue && !self.stalled.load(Ordering::Relaxed)
    }

    fn due(&self) -> Option<Instant> {
        *self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_due(&self, due: Option<Instant>) {
        *self.due.lock().unwrap_or_else(PoisonError::into_inner) = due;
    }
}
