//! What an invocation can draw from: its input, the app's shared values, its outbox.

use std::any::TypeId;
use std::sync::{Arc, OnceLock};

use http::Extensions;
use sio_protocol::names::{Namespace, SocketId, UserId};

use super::state::{MakeState, StateError, States};
use super::{
    Caller, ClientKind, Deadline, Invocation, InvocationId, Kind, Request, RequestKind, SocketKind,
};
use crate::client::Services;
use crate::io::Io;
use crate::settings::Settings;
use crate::telemetry::Abridged;

/// One invocation, as [extractors](crate::extract::Extract) see it.
pub struct Context<K: Kind> {
    pub(crate) input: K::Input,
    pub(crate) shared: Arc<Shared>,
    pub(crate) io: Io,
    pub(crate) invocation: Invocation,
    pub(crate) extensions: Extensions,
}

impl<K: Kind> Context<K> {
    /// A value of the app's [state](crate::App::state). An extractor that needs one says so in
    /// [`Extract::needs`](crate::extract::Extract::needs).
    #[must_use]
    pub fn state<T: Clone + Send + Sync + 'static>(&self) -> Option<&T> {
        self.shared.get()
    }

    /// A value that a [middleware](crate::middleware) has added.
    #[must_use]
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<&T> {
        self.extensions.get()
    }

    /// The app's settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The id that the host gave the invocation.
    #[must_use]
    pub fn id(&self) -> &InvocationId {
        &self.invocation.id
    }

    /// When the invocation must have ended.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        self.invocation.deadline
    }
}

impl<K: SocketKind> Context<K> {
    /// The user of the connection; `None` on an anonymous one.
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        self.input.user.as_ref()
    }

    /// The namespace of the socket.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.input.namespace
    }

    /// The socket's id.
    #[must_use]
    pub fn socket_id(&self) -> &SocketId {
        &self.input.socket_id
    }
}

impl<K: RequestKind> Context<K> {
    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.input
    }
}

impl<K: ClientKind> Context<K> {
    /// The client, whether it is behind a socket or behind a request.
    #[must_use]
    pub fn caller(&self) -> Caller<'_> {
        K::caller(&self.input)
    }
}

impl<K: Kind> std::fmt::Debug for Context<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context({}, {})", K::KIND, self.invocation.id)
    }
}

/// What all invocations of an app share.
#[derive(Default)]
pub struct Shared {
    states: States,
    services: OnceLock<Services>,
    /// The app's settings.
    pub settings: Settings,
    /// Lines about what clients send as often as they like and handlers do not take. A developer wants to see each.
    pub(crate) unfit: Abridged,
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
    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
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
    pub(crate) async fn prepare(&self) -> Result<(), StateError> {
        self.states.prepare(&self.settings).await
    }

    /// Waits for the values that were promised.
    pub(crate) async fn ready(&self) {
        self.states.ready().await;
    }
}
