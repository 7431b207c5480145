//! What was counted, and how long things took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What all clients have seen together.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) joined: Count,
    pub(crate) left: Count,
    /// Attempts to connect that failed.
    pub(crate) refused: Count,
    /// Connections that ended although nothing asked for it.
    pub(crate) dropped: Count,
    /// Events that clients emitted.
    pub(crate) emitted: Count,
    /// Events without an acknowledgement in time.
    pub(crate) unanswered: Count,
    /// Acknowledgements that came again, or that nothing waited for.
    pub(crate) doubled_acks: Count,
    /// Acknowledgements with the wrong content.
    pub(crate) wrong_acks: Count,
    /// Messages that reached a client of their room.
    pub(crate) delivered: Count,
    /// Messages that a client of their room did not get.
    pub(crate) lost: Count,
    /// Messages that a client got again, or after a later one.
    pub(crate) doubled: Count,
    pub(crate) ack: Times,
    pub(crate) delivery: Times,
    pub(crate) join: Times,
}

impl Tally {
    /// What must be nothing.
    pub(crate) fn faults(&self) -> [(&'static str, u64); 7] {
        [
            ("messages lost", self.lost.get()),
            ("messages doubled or out of order", self.doubled.get()),
            ("events without an acknowledgement", self.unanswered.get()),
            ("acknowledgements doubled", self.doubled_acks.get()),
            ("acknowledgements with other content", self.wrong_acks.get()),
            ("connections lost", self.dropped.get()),
            ("connections refused", self.refused.get()),
        ]
    }
}

#[derive(Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Steps of a doubling: a figure is true within a sixteenth.
const STEPS: u64 = 16;

/// Durations by size, in memory that does not grow.
pub(crate) struct Times {
    buckets: Vec<AtomicU64>,
    most: AtomicU64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            buckets: (0..64 * STEPS).map(|_| AtomicU64::new(0)).collect(),
            most: AtomicU64::new(0),
        }
    }
}

impl Times {
    pub(crate) fn add(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap().max(STEPS);
        let doubling = u64::from(micros.ilog2());
        let step = ((micros - (1 << doubling)) * STEPS) >> doubling;
        let bucket = usize::try_from(doubling * STEPS + step).unwrap();
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.most.fetch_max(micros, Ordering::Relaxed);
    }

    /// What so many of a thousand do not exceed, then the most.
    pub(crate) fn row(&self, thousandths: [u64; 3]) -> String {
        let counts: Vec<u64> = self
            .buckets
            .iter()
            .map(|b| b.load(Ordering::Relaxed))
            .collect();
        let total: u64 = counts.iter().sum();
        let at = |part: u64| {
            let mut left = (total * part).div_ceil(1000);
            for (bucket, count) in (0_u64..).zip(&counts) {
                left = left.saturating_sub(*count);
                if left == 0 && total > 0 {
                    let (doubling, step) = (bucket / STEPS, bucket % STEPS);
                    return milliseconds((STEPS + step + 1) * (1 << doubling) / STEPS);
                }
            }
            "–".to_owned()
        };
        let parts = thousandths.map(at).join(" | ");
        format!(
            "{parts} | {}",
            milliseconds(self.most.load(Ordering::Relaxed))
        )
    }
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{} ms", micros / 1000, micros % 1000 / 100)
}
