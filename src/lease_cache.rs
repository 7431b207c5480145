//! A value that is leased from elsewhere for a time: kept, requested once for all callers, and not requested again and
//! again while the request fails.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tokio::time::Instant;

/// A value, and how long it holds.
#[derive(Debug, Clone)]
pub(crate) struct Lease<T> {
    /// The value.
    pub value: T,
    /// From when on a new one should be asked for.
    pub early: SystemTime,
    /// From when on it does not hold any more.
    pub end: SystemTime,
}

/// What asking has brought; a failure is as good for one as for all who wait.
pub(crate) type Outcome<T> = Result<T, Arc<str>>;

/// A question that several may wait for.
pub(crate) type Asking<T> = Shared<BoxFuture<'static, Outcome<T>>>;

/// A value that is asked for when it is needed, and again before it ends.
pub(crate) struct LeaseCache<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    lease: Option<Lease<T>>,
    asking: Option<Asking<T>>,
    /// The time of the last request, successful or not.
    asked: Option<Instant>,
}

impl<T> Default for LeaseCache<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            lease: None,
            asking: None,
            asked: None,
        })))
    }
}

impl<T> std::fmt::Debug for LeaseCache<T> {
    /// The value may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeaseCache").finish_non_exhaustive()
    }
}

impl<T: Clone + Send + Sync + 'static> LeaseCache<T> {
    /// The value, if it holds, and whether a new one should be asked for.
    pub(crate) fn value(&self) -> Option<(T, bool)> {
        let state = self.lock();
        let lease = state.lease.as_ref()?;
        let now = SystemTime::now();
        (now < lease.end).then(|| (lease.value.clone(), now >= lease.early))
    }

    /// Whether a request has ended within this time, successfully or not.
    pub(crate) fn was_asked_within(&self, time: Duration) -> bool {
        let state = self.lock();
        state.asking.is_none() && state.asked.is_some_and(|asked| asked.elapsed() < time)
    }

    /// Asks for a new value, or joins those who wait for one already. The request goes on even if no caller waits any
    /// more.
    ///
    /// # Errors
    /// The error of the request, or that it was not answered.
    pub(crate) fn renew<F>(&self, ask: impl FnOnce() -> F) -> Asking<T>
    where
        F: Future<Output = Result<Lease<T>, String>> + Send + 'static,
    {
        let mut state = self.lock();
        if let Some(asking) = &state.asking {
            return asking.clone();
        }
        let (answer, shared) = (AssertUnwindSafe(ask()).catch_unwind(), self.0.clone());
        let task = tokio::spawn(async move {
            // Whether it is answered or has panicked, the request is over, even if no caller waits for it.
            let answer = answer.await;
            let answer = answer.unwrap_or_else(|_| Err("asking for it has panicked".to_owned()));
            let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
            state.asking = None;
            state.asked = Some(Instant::now());
            match answer {
                Ok(lease) => Ok(state.lease.insert(lease).value.clone()),
                Err(problem) => Err(problem.into()),
            }
        });
        let shared = self.0.clone();
        let asking = async move {
            task.await.unwrap_or_else(|ended| {
                // Its runtime has ended, and another may ask again.
                shared.lock().unwrap_or_else(PoisonError::into_inner).asking = None;
                Err(ended.to_string().into())
            })
        };
        state.asking.insert(asking.boxed().shared()).clone()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while it is held, and each change is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    fn lease(value: u8, seconds: u64) -> Lease<u8> {
        let end = SystemTime::now() + Duration::from_secs(seconds);
        Lease {
            value,
            early: end - Duration::from_secs(300),
            end,
        }
    }

    #[tokio::test]
    async fn many_who_need_a_value_share_one_question() {
        let renewed = LeaseCache::default();
        let questions = AtomicUsize::new(0);
        let answer = Arc::new(Notify::new());
        let waiting: Vec<_> = (0..5)
            .map(|_| {
                renewed.renew(|| {
                    questions.fetch_add(1, Ordering::Relaxed);
                    let answer = answer.clone();
                    async move {
                        answer.notified().await;
                        Ok(lease(7, 3600))
                    }
                })
            })
            .collect();
        assert_eq!(renewed.value(), None);
        answer.notify_one();
        for waiting in waiting {
            assert_eq!(waiting.await, Ok(7));
        }
        assert_eq!(questions.load(Ordering::Relaxed), 1);
        assert_eq!(renewed.value(), Some((7, false)));
    }

    #[tokio::test]
    async fn an_old_value_stays_while_a_new_one_is_asked_for_and_if_there_is_none() {
        let renewed = LeaseCache::default();
        assert_eq!(renewed.renew(|| async { Ok(lease(1, 200)) }).await, Ok(1));
        assert_eq!(renewed.value(), Some((1, true)), "it should be renewed");
        let answer = Arc::new(Notify::new());
        let until = answer.clone();
        let asking = renewed.renew(|| async move {
            until.notified().await;
            Err("not reachable".to_owned())
        });
        assert_eq!(renewed.value(), Some((1, true)));
        assert!(
            !renewed.was_asked_within(Duration::MAX),
            "the request was answered"
        );
        answer.notify_one();
        assert_eq!(asking.await, Err("not reachable".into()));
        assert_eq!(renewed.value(), Some((1, true)));
        assert!(renewed.was_asked_within(Duration::from_secs(30)));
        assert_eq!(renewed.renew(|| async { Ok(lease(2, 3600)) }).await, Ok(2));
        assert_eq!(renewed.value(), Some((2, false)));
    }

    #[tokio::test]
    async fn asking_goes_on_though_nobody_waits() {
        let renewed = LeaseCache::default();
        let answer = Arc::new(Notify::new());
        let until = answer.clone();
        drop(renewed.renew(|| async move {
            until.notified().await;
            Ok(lease(1, 3600))
        }));
        let joined = renewed.renew(|| async { Err("asked twice".to_owned()) });
        answer.notify_one();
        assert_eq!(joined.await, Ok(1));
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_and_the_end_of_a_lease_is_one() {
        let renewed = LeaseCache::default();
        let panicking = || async { panic!("while asking") };
        assert!(renewed.renew(panicking).await.is_err());
        // It does not block the next one either if no caller waits for it.
        drop(renewed.renew(panicking));
        while renewed.lock().asking.is_some() {
            tokio::task::yield_now().await;
        }
        assert_eq!(renewed.renew(|| async { Ok(lease(1, 0)) }).await, Ok(1));
        assert_eq!(renewed.value(), None, "it has ended");
    }
}
