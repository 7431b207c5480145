//! Values that an app's handlers share, and those among them that take time to make.
//!
//! The host waits a short while for the handler's port to open, so nothing slow may come before that. Values made by
//! async functions are made afterwards, and invocations wait for them.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::try_join_all;
use tokio::sync::Notify;

use super::panic::text_of;
use crate::settings::Settings;

type Value = Box<dyn Any + Send + Sync>;
type Values = HashMap<TypeId, Value>;
type Making = Pin<Box<dyn Future<Output = anyhow::Result<Value>> + Send>>;
type Maker = Box<dyn FnOnce(Settings) -> Making + Send>;

/// A value of the app's state could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the app's state of type {name} could not be made: {reason:#}")]
pub struct StateError {
    /// The type.
    pub name: &'static str,
    /// Why, with all its causes; part of the text, so it is not a source as well.
    reason: anyhow::Error,
}

/// An async function that makes a value of the app's state: it takes nothing or the app's [`Settings`], and returns a
/// `Result`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not make state",
    note = "state is made by `async fn() -> Result<T, E>` or `async fn(Settings) -> Result<T, E>`, where `T` is `Clone + Send + Sync + 'static`"
)]
pub trait MakeState<A>: Send + 'static {
    /// What it makes.
    type Value: Clone + Send + Sync + 'static;

    /// Makes it.
    fn make(
        self,
        settings: Settings,
    ) -> impl Future<Output = anyhow::Result<Self::Value>> + Send + 'static;
}

impl<F, Fut, T, E> MakeState<(T, E)> for F
where
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, E>> + Send + 'static,
    T: Clone + Send + Sync + 'static,
    E: Into<anyhow::Error> + Send + 'static,
{
    type Value = T;

    async fn make(self, _: Settings) -> anyhow::Result<T> {
        self().await.map_err(Into::into)
    }
}

impl<F, Fut, T, E> MakeState<(Settings, T, E)> for F
where
    F: FnOnce(Settings) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, E>> + Send + 'static,
    T: Clone + Send + Sync + 'static,
    E: Into<anyhow::Error> + Send + 'static,
{
    type Value = T;

    async fn make(self, settings: Settings) -> anyhow::Result<T> {
        self(settings).await.map_err(Into::into)
    }
}

/// The values of an app, one of each type.
#[derive(Default)]
pub(super) struct States {
    at_once: Values,
    makers: Mutex<Vec<(TypeId, &'static str, Maker)>>,
    promised: Vec<TypeId>,
    made: OnceLock<Values>,
    ready: Notify,
}

impl States {
    /// How many there are or will be.
    pub(super) fn len(&self) -> usize {
        self.at_once.len() + self.promised.len()
    }

    pub(super) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.at_once.insert(TypeId::of::<T>(), Box::new(value));
    }

    pub(super) fn promise<M: MakeState<A>, A>(&mut self, maker: M) {
        let maker: Maker = Box::new(|settings| {
            Box::pin(async {
                let value = maker.make(settings).await?;
                Ok(Box::new(value) as Value)
            })
        });
        let id = TypeId::of::<M::Value>();
        let name = std::any::type_name::<M::Value>();
        self.promised.push(id);
        self.makers().push((id, name, maker));
    }

    pub(super) fn get<T: 'static>(&self) -> Option<&T> {
        let id = TypeId::of::<T>();
        let made = || self.made.get()?.get(&id);
        self.at_once.get(&id).or_else(made)?.downcast_ref()
    }

    pub(super) fn has(&self, id: TypeId) -> bool {
        self.at_once.contains_key(&id) || self.promised.contains(&id)
    }

    /// Makes what was promised, all at the same time, and lets those who wait go on.
    pub(super) async fn prepare(&self, settings: &Settings) -> Result<(), StateError> {
        let makers = std::mem::take(&mut *self.makers());
        let making = makers.into_iter().map(|(id, name, maker)| {
            let making = AssertUnwindSafe(async { maker(settings.clone()).await }).catch_unwind();
            async move {
                let made = making.await.unwrap_or_else(|panic| {
                    Err(anyhow::anyhow!("panicked: {}", text_of(panic.as_ref())))
                });
                let value = made.map_err(|reason| StateError { name, reason })?;
                Ok((id, value))
            }
        });
        let made = try_join_all(making).await?;
        if self.made.set(made.into_iter().collect()).is_ok() {
            self.ready.notify_waiters();
        }
        Ok(())
    }

    /// Waits until there is nothing left to make.
    pub(super) async fn ready(&self) {
        while !self.promised.is_empty() && self.made.get().is_none() {
            let notified = self.ready.notified();
            tokio::pin!(notified);
            // From here on a notification is not missed, so the second look is the last that is needed.
            notified.as_mut().enable();
            if self.made.get().is_none() {
                notified.await;
            }
        }
    }

    fn makers(&self) -> std::sync::MutexGuard<'_, Vec<(TypeId, &'static str, Maker)>> {
        // Nothing that holds the lock can panic halfway through a change.
        self.makers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_promised_is_there_once_it_is_ready() {
        let mut states = States::default();
        states.insert(1_u8);
        states.promise(|| async { Ok::<_, anyhow::Error>("made".to_owned()) });
        states.promise(|settings: Settings| async move {
            let text = settings.get("N").unwrap_or_default();
            text.parse::<u32>()
        });
        assert!(states.has(TypeId::of::<String>()) && states.get::<String>().is_none());
        let settings = Settings::new().with("N", "7");
        let waited = async {
            states.ready().await;
            states.get::<u32>().copied()
        };
        let (prepared, waited) = tokio::join!(states.prepare(&settings), waited);
        prepared.unwrap();
        assert_eq!(waited, Some(7));
        assert_eq!(states.get::<String>().map(String::as_str), Some("made"));
        assert_eq!(states.get::<u8>(), Some(&1));
    }

    #[tokio::test]
    async fn what_fails_or_panics_says_which_type() {
        let mut states = States::default();
        states.promise(|| async { Err::<u8, _>(std::io::Error::other("no database")) });
        let error = states.prepare(&Settings::new()).await.unwrap_err();
        assert!(error.to_string().contains("u8") && error.to_string().contains("no database"));

        async fn panics(settings: Settings) -> anyhow::Result<u16> {
            assert!(settings.get("N").is_some(), "on purpose");
            Ok(7)
        }
        let mut states = States::default();
        states.promise(panics);
        let error = states.prepare(&Settings::new()).await.unwrap_err();
        assert!(error.to_string().contains("on purpose"), "{error}");
    }
}
