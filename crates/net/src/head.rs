//! Telling a half-sent head of a request from a connection that is idle.
//!
//! hyper has one timer for both. An idle connection may belong to a client that keeps it for its next request, and is
//! worth keeping; a head that has begun and does not end is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

const IDLE: u64 = 0;
const ANSWERING: u64 = u64::MAX;

/// What a connection is at: idle, answering, or since when, in milliseconds of its life and from 1, a head has been
/// arriving.
#[derive(Debug)]
pub(crate) struct Head {
    opened: Instant,
    state: AtomicU64,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            opened: Instant::now(),
            state: AtomicU64::new(IDLE),
        }
    }
}

impl Head {
    fn age(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(ANSWERING - 2) + 1
    }

    /// Bytes have arrived.
    pub(crate) fn arrived(&self) {
        if self.state.load(Ordering::Relaxed) == IDLE {
            self.state.store(self.age(), Ordering::Relaxed);
        }
    }

    /// A request is complete. It is being answered until the guard is dropped.
    pub(crate) fn answering(self: &Arc<Self>) -> Answering {
        self.state.store(ANSWERING, Ordering::Relaxed);
        Answering(self.clone())
    }

    /// Ready when a head has been incomplete for this long. It looks now and then instead of being told, so that a
    /// request costs no timer.
    pub(crate) async fn late(&self, limit: Duration) {
        let limit_millis = u64::try_from(limit.as_millis()).unwrap_or(ANSWERING);
        loop {
            tokio::time::sleep(limit / 2).await;
            let since = self.state.load(Ordering::Relaxed);
            if since != IDLE && self.age().saturating_sub(since) >= limit_millis {
                return;
            }
        }
    }
}

/// A request that is being answered.
pub(crate) struct Answering(Arc<Head>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.state.store(IDLE, Ordering::Relaxed);
    }
}
