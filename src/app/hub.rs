//! A hub and the handlers of its namespaces.

use std::panic::Location;

#[cfg(any(test, feature = "testing"))]
use sio_protocol::cloud_events::SystemEvent;

use crate::contract::{ServerEvent, Signature, Types};
use crate::handler::{
    Connect, Connected, Disconnected, Event, Function, IntoFunction, Layer, Middleware, Negotiate,
};
use crate::settings::Settings;

use super::{EventKey, OnError, Route};

/// A hub: one group of clients of a service, with the handlers of their events.
///
/// Handlers registered on the hub itself are those of the main namespace, `/`.
#[derive(Debug)]
pub struct Hub {
    pub(super) name: String,
    pub(super) place: &'static Location<'static>,
    pub(super) connection: String,
    pub(super) on_error: Option<OnError>,
    pub(super) negotiations: Vec<(Route, Function<Negotiate>)>,
    pub(super) scopes: Vec<Handlers>,
    /// Middleware around all handlers of the hub, outermost first.
    pub(super) layers: Vec<Layer>,
}

/// The handlers of one namespace: what [`Hub::namespace`] hands to its function.
#[derive(Debug)]
pub struct Handlers {
    pub(super) namespace: String,
    pub(super) place: &'static Location<'static>,
    pub(super) connect: Vec<Function<Connect>>,
    pub(super) connected: Vec<Function<Connected>>,
    pub(super) disconnected: Vec<Function<Disconnected>>,
    pub(super) events: Vec<(String, Function<Event>)>,
    pub(super) any: Vec<Function<Event>>,
    pub(super) contract: Contract,
    /// Middleware around the namespace's handlers, outermost first.
    pub(super) layers: Vec<Layer>,
}

/// The events of a namespace that are declared as types.
#[derive(Debug, Default)]
pub(crate) struct Contract {
    /// Names of the events that clients emit.
    pub names: Vec<String>,
    /// Their signatures.
    pub client: Vec<fn(&mut Types) -> Signature>,
    /// Signatures of the events that handlers send.
    pub server: Vec<fn(&mut Types) -> Signature>,
}

impl Handlers {
    fn new(namespace: &str, place: &'static Location<'static>) -> Self {
        Self {
            namespace: namespace.to_owned(),
            place,
            connect: Vec::new(),
            connected: Vec::new(),
            disconnected: Vec::new(),
            events: Vec::new(),
            any: Vec::new(),
            contract: Contract::default(),
            layers: Vec::new(),
        }
    }

    fn add<E: EventKey>(&mut self, event: &E, function: Function<Event>) {
        let name = event.name().to_owned();
        if let Some(signature) = event.signature() {
            self.contract.names.push(name.clone());
            self.contract.client.push(signature);
        }
        self.events.push((name, function));
    }

    fn main(&mut self) -> &mut Handlers {
        self
    }
}

/// The registrations that a hub and a namespace share: a hub passes them on to its main namespace.
macro_rules! registrations {
    () => {
        /// Decides whether a client may join. Without such a handler everybody may.
        #[must_use]
        #[track_caller]
        pub fn on_connect<A>(
            mut self,
            handler: impl IntoFunction<Connect, A, Future: Send>,
        ) -> Self {
            let function = handler.into_function(Location::caller());
            self.main().connect.push(function);
            self
        }

        /// Runs after a client has joined. It is not awaited, so it may run after the client's first event.
        #[must_use]
        #[track_caller]
        pub fn on_connected<A>(
            mut self,
            handler: impl IntoFunction<Connected, A, Future: Send>,
        ) -> Self {
            let function = handler.into_function(Location::caller());
            self.main().connected.push(function);
            self
        }

        /// Runs after a client has left or lost its connection.
        #[must_use]
        #[track_caller]
        pub fn on_disconnected<A>(
            mut self,
            handler: impl IntoFunction<Disconnected, A, Future: Send>,
        ) -> Self {
            let function = handler.into_function(Location::caller());
            self.main().disconnected.push(function);
            self
        }

        /// Runs when a client emits this event: a name, or a type of the [`contract`](crate::contract). Names compare
        /// ignoring case.
        #[must_use]
        #[track_caller]
        pub fn on<E: EventKey, A>(
            mut self,
            event: E,
            handler: impl IntoFunction<E::Kind, A, Future: Send>,
        ) -> Self {
            let function = handler.into_function(Location::caller()).into_event();
            self.main().add(&event, function);
            self
        }

        /// Declares an event of the [`contract`](crate::contract) that handlers send here, for the clients' types.
        #[must_use]
        pub fn emits<E: ServerEvent>(mut self, _: E) -> Self {
            self.main().contract.server.push(E::signature);
            self
        }

        /// Runs when a client emits an event that has no handler of its own. In direct mode alone: Microsoft's extension
        /// has no such trigger, and staging for it refuses the app.
        #[must_use]
        #[track_caller]
        pub fn on_any<A>(mut self, handler: impl IntoFunction<Event, A, Future: Send>) -> Self {
            let function = handler.into_function(Location::caller());
            self.main().any.push(function);
            self
        }
    };
}

impl Handlers {
    /// Puts a [middleware](crate::middleware) around the handlers of this namespace, inside of those of the hub and the
    /// app.
    #[must_use]
    pub fn layer(mut self, middleware: impl Middleware) -> Self {
        self.layers.push(Layer::new(middleware));
        self
    }

    registrations!();
}

impl Hub {
    /// A hub with this name, in the service that the default connection setting names.
    ///
    /// A hub without a name, `""`, gets that of the setting `WebPubSubForSocketIOHub`, as with Microsoft's bindings: then
    /// one build serves as many hubs as it has deployments.
    #[must_use]
    #[track_caller]
    pub fn new(name: &str) -> Self {
        let place = Location::caller();
        Self {
            name: name.to_owned(),
            place,
            connection: Settings::CONNECTION.to_owned(),
            on_error: None,
            negotiations: Vec::new(),
            scopes: vec![Handlers::new("/", place)],
            layers: Vec::new(),
        }
    }

    /// The same in the service whose connection string stands in another setting. Its events need direct mode:
    /// Microsoft's extension takes those of the default setting's service alone, and staging for it refuses the app.
    #[must_use]
    pub fn connection(mut self, setting: &str) -> Self {
        setting.clone_into(&mut self.connection);
        self
    }

    /// Puts a [middleware](crate::middleware) around the handlers of all namespaces of this hub, and around its
    /// negotiation, inside of those of the app.
    #[must_use]
    pub fn layer(mut self, middleware: impl Middleware) -> Self {
        self.layers.push(Layer::new(middleware));
        self
    }

    /// What the service is told when a handler of this hub fails.
    #[must_use]
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.on_error = Some(policy);
        self
    }

    /// Adds an HTTP function that gives clients an address and a token. The rule says who the user is, and may refuse.
    ///
    /// The name is its route: `negotiate` is served at `/api/negotiate`, for GET and POST, to everybody.
    #[must_use]
    #[track_caller]
    pub fn negotiate<A>(
        mut self,
        name: &str,
        rule: impl IntoFunction<Negotiate, A, Future: Send>,
    ) -> Self {
        let function = rule.into_function(Location::caller());
        let methods = [http::Method::GET, http::Method::POST];
        self.negotiations
            .push((Route::new(name, methods), function));
        self
    }

    /// Adds the handlers of another namespace.
    #[must_use]
    #[track_caller]
    pub fn namespace(mut self, name: &str, register: impl FnOnce(Handlers) -> Handlers) -> Self {
        let scope = Handlers::new(name, Location::caller());
        self.scopes.push(register(scope));
        self
    }

    /// Its name, and the setting that names its service.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn names(&self) -> (&str, &str) {
        (&self.name, &self.connection)
    }

    /// The service's own events that some namespace has a handler for.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn system_events(&self) -> Vec<SystemEvent> {
        let has = |has: fn(&Handlers) -> bool| self.scopes.iter().any(has);
        let events = [
            (SystemEvent::Connect, has(|scope| !scope.connect.is_empty())),
            (
                SystemEvent::Connected,
                has(|scope| !scope.connected.is_empty()),
            ),
            (
                SystemEvent::Disconnected,
                has(|scope| !scope.disconnected.is_empty()),
            ),
        ];
        let handled = events.into_iter().filter(|(_, handled)| *handled);
        handled.map(|(event, _)| event).collect()
    }

    registrations!();

    fn main(&mut self) -> &mut Handlers {
        // `new` puts the main namespace first and nothing takes it out.
        &mut self.scopes[0]
    }
}
