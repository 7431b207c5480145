//! What an invocation can draw from: its input, the app's shared values, its outbox.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::Kind;
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
}

/// What all invocations of an app share.
#[derive(Default)]
pub struct Shared {
    state: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    services: OnceLock<Services>,
    /// The app's settings.
    pub settings: Settings,
}

impl std::fmt::Debug for Shared {
    /// How much state there is; its values are the author's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared({} values)", self.state.len())
    }
}

impl Shared {
    /// Keeps a value, one of each type.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.state.insert(TypeId::of::<T>(), Box::new(value));
    }

    /// The value of a type.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.state.get(&TypeId::of::<T>())?.downcast_ref()
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

    /// Whether there is a value of a type.
    #[must_use]
    pub fn has(&self, id: TypeId) -> bool {
        self.state.contains_key(&id)
    }
}
