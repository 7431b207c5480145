//! What an invocation can draw from: its input, the app's shared values, its outbox.

use std::any::TypeId;
use std::sync::{Arc, OnceLock};

use super::state::{MakeState, StateError, States};
use super::{Invocation, Kind};
use crate::client::Services;
use crate::io::Io;
use crate::settings::Settings;

/// One invocation.
pub struct Context<K: Kind> {
    /// What it brings.
    pub input: K::Input,
    /// What all invocations of the app share.
    pub shared: Arc<Shared>,
    /// Where its outputs wait until the handler has succeeded.
    pub io: Io,
    /// Its id and its deadline.
    pub invocation: Invocation,
}

/// What all invocations of an app share.
#[derive(Default)]
pub struct Shared {
    states: States,
    services: OnceLock<Services>,
    /// The app's settings.
    pub settings: Settings,
}

impl std::fmt::Debug for Shared {
    /// How much state there is; its values are the author's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared({} values)", self.states.len())
    }
}

impl Shared {
    /// Keeps a value, one of each type.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.states.insert(value);
    }

    /// Keeps a value that is made later.
    pub(crate) fn promise<M: MakeState<A>, A>(&mut self, maker: M) {
        self.states.promise(maker);
    }

    /// The value of a type.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.states.get()
    }

    /// Lets handlers reach the services of the app's hubs.
    pub(crate) fn serve_with(&self, services: Services) {
        // The first stays: an app is served once.
        let _ = self.services.set(services);
    }

    /// The services of the app's hubs, once it is served.
    pub(crate) fn services(&self) -> Option<&Services> {
        self.services.get()
    }

    /// Whether there is a value of a type, or will be.
    #[must_use]
    pub(crate) fn has(&self, id: TypeId) -> bool {
        self.states.has(id)
    }

    /// Makes the values that were promised.
    ///
    /// # Errors
    /// The first that could not be made.
    pub async fn prepare(&self) -> Result<(), StateError> {
        self.states.prepare(&self.settings).await
    }

    /// Waits for the values that were promised.
    pub async fn ready(&self) {
        self.states.ready().await;
    }
}
