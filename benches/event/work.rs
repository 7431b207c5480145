//! The wall time that tasks spend in polls.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Wall time spent in polls.
#[derive(Clone, Default)]
pub(crate) struct Work(Arc<AtomicU64>);

impl Work {
    /// Runs a task and adds the wall time of each poll.
    pub(crate) fn timed<F: Future + Send>(
        &self,
        task: F,
    ) -> impl Future<Output = F::Output> + Send + use<F> {
        let work = self.0.clone();
        let mut task = Box::pin(task);
        poll_fn(move |context| {
            let began = Instant::now();
            let polled = task.as_mut().poll(context);
            let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap();
            work.fetch_add(nanoseconds, Ordering::Relaxed);
            polled
        })
    }

    /// What has been added so far.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}
