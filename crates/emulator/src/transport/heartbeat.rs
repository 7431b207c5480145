//! Pings at their times, and the end of a client that does not answer.
//!
//! Times are counted from when a session was opened and from when a ping was due, not from when a timer woke up for it:
//! a client that counts for itself, and asks again when its session should be over, finds it over.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Packet, Session};

/// The heartbeat of one session.
pub(super) struct Heartbeat {
    opened: Instant,
    /// Until when a ping has to be answered; `None` while none is under way.
    due: Mutex<Option<Instant>>,
    pong: Notify,
}

impl Heartbeat {
    pub(super) fn begin() -> Self {
        Self {
            opened: Instant::now(),
            due: Mutex::new(None),
            pong: Notify::new(),
        }
    }

    /// The client answered.
    pub(super) fn pong(&self) {
        self.set_due(None);
        self.pong.notify_one();
    }

    fn due(&self) -> Option<Instant> {
        *self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_due(&self, due: Option<Instant>) {
        *self.due.lock().unwrap_or_else(PoisonError::into_inner) = due;
    }
}

impl Session {
    /// Pings the client at its times. Returns when a ping stays unanswered.
    pub(super) async fn keep_pinging(&self) {
        const PING: Packet = Packet::fixed("2");
        let heartbeat = &self.heartbeat;
        let mut next = heartbeat.opened + self.settings.ping_interval;
        loop {
            sleep_until(next).await;
            // A pong that nobody asked for must not answer the next ping.
            let _ = heartbeat.pong.notified().now_or_never();
            // Where everything here was held up, the client gets its whole time.
            let now = Instant::now();
            let held_up = now - next > self.settings.ping_timeout / 2;
            let pinged = if held_up { now } else { next };
            let mut due = pinged + self.settings.ping_timeout;
            heartbeat.set_due(Some(due));
            self.send(&[PING]);
            while timeout_at(due, heartbeat.pong.notified()).await.is_err() {
                if !self.stalled.load(Ordering::Relaxed) {
                    return;
                }
                due = Instant::now() + self.settings.ping_timeout;
                heartbeat.set_due(Some(due));
            }
            next = Instant::now() + self.settings.ping_interval;
        }
    }

    /// Whether a ping should have been answered by now. The task that watches it may not have woken up yet.
    pub(super) fn is_overdue(&self) -> bool {
        let overdue = self
            .heartbeat
            .due()
            .is_some_and(|due| Instant::now() >= due);
        overdue && !self.stalled.load(Ordering::Relaxed)
    }
}
