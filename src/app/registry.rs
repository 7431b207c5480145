//! The app after it was checked: tables to look handlers up in.

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;

use http::Method;
use serde::Serialize;
use sio_protocol::names::{HubName, Namespace};

use crate::handler::{
    Connect, Connected, Detail, Disconnected, Event, Function, Invocation, Kind, Layer, Running,
    Shared, SocketInput,
};
use crate::settings::Settings;

use super::{
    App, AuthLevel, BuildError, Contract, HttpFunction, HttpRole, Hub, OnError, Route,
    TriggerFunction, check,
};

/// Name and route of the function that takes the service's webhook.
pub(crate) const WEBHOOK: &str = "socketio";

/// What a hub is called whose name is not known yet.
const UNNAMED: &str = "unnamed";

/// A checked app, whose files [`manifest::files`](super::manifest::files) writes.
#[derive(Debug)]
pub struct Registry {
    /// All hubs.
    pub(crate) hubs: Vec<HubTable>,
    /// All HTTP functions in the order in which the host tries them.
    pub(crate) http: Vec<HttpFunction>,
    /// All functions with other triggers.
    pub(crate) triggers: Vec<TriggerFunction>,
    /// What all invocations share.
    pub(crate) shared: Arc<Shared>,
}

/// An event that has a handler, as the handler's manifest lists it for `sio invoke --list`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct RegisteredEvent<'a> {
    hub: &'a str,
    namespace: &'a str,
    /// `*` stands for every event without a handler of its own.
    event: &'a str,
}

/// The handlers of a hub.
#[derive(Debug)]
pub(crate) struct HubTable {
    /// Its name.
    pub(crate) name: Arc<HubName>,
    /// Whether the name comes from the setting, which may be missing where nothing is served.
    pub(crate) named_by_setting: bool,
    /// Where it was made.
    pub(crate) place: &'static Location<'static>,
    /// The setting with its connection string.
    pub(crate) connection: String,
    /// What the service is told when a handler fails.
    pub(crate) on_error: OnError,
    /// Its namespaces by name in lower case.
    pub(crate) namespaces: HashMap<String, NamespaceTable>,
}

/// The handlers of a namespace.
#[derive(Debug)]
pub(crate) struct NamespaceTable {
    /// Its name as registered.
    pub(crate) name: Namespace,
    /// Who may join.
    pub(crate) connect: Option<Function<Connect>>,
    /// After joining.
    pub(crate) connected: Option<Function<Connected>>,
    /// After leaving.
    pub(crate) disconnected: Option<Function<Disconnected>>,
    /// Events by name in lower case, with the name as registered.
    pub(crate) events: HashMap<String, (String, Function<Event>)>,
    /// Events without a handler of their own.
    pub(crate) any: Option<Function<Event>>,
    /// Events that are declared as types.
    pub(crate) contract: Contract,
}

impl Registry {
    /// The events that have a handler, in order.
    pub(crate) fn events(&self) -> Vec<RegisteredEvent<'_>> {
        let mut events = Vec::new();
        for hub in &self.hubs {
            for table in hub.namespaces.values() {
                let own = [
                    ("connect", table.connect.is_some()),
                    ("connected", table.connected.is_some()),
                    ("disconnected", table.disconnected.is_some()),
                    ("*", table.any.is_some()),
                ];
                let own = own
                    .into_iter()
                    .filter_map(|(name, there)| there.then_some(name));
                let registered = table.events.values().map(|(name, _)| name.as_str());
                events.extend(own.chain(registered).map(|event| RegisteredEvent {
                    hub: hub.name.as_str(),
                    namespace: table.name.as_str(),
                    event,
                }));
            }
        }
        events.sort();
        events
    }

    pub(super) fn new(app: App) -> Result<Self, BuildError> {
        check::registrations(&app)?;
        let mut http: Vec<HttpFunction> = Vec::new();
        let mut hubs = Vec::new();
        for hub in app.hubs {
            let settings = &app.shared.settings;
            let table = HubTable::new(hub, &app.layers, app.on_error, settings, &mut http)?;
            if hubs.iter().any(|known: &HubTable| known.name == table.name) {
                let twice = format!(
                    "hub {:?} is registered twice, once by {hub}",
                    table.name.as_str(),
                    hub = Settings::HUB
                );
                return Err(BuildError::one(table.place, twice));
            }
            hubs.push(table);
        }
        if !hubs.is_empty() {
            let methods = [Method::GET, Method::OPTIONS, Method::POST];
            // A caller that proves who it is needs no key besides, and none stands in its URL then.
            let level = app.webhook_level.unwrap_or_else(|| {
                match app.shared.settings.get(Settings::WEBHOOK_CALLER) {
                    Some(_) => AuthLevel::Anonymous,
                    None => AuthLevel::Function,
                }
            });
            let route = Route::new(WEBHOOK, methods).level(level);
            http.push(HttpFunction::new(route, HttpRole::Webhook));
        }
        let layers: Arc<[Layer]> = app.layers.into();
        http.extend(app.http.into_iter().map(|(route, function)| {
            let function = function.within(&route.name, &layers);
            HttpFunction::new(route, HttpRole::Handler(function))
        }));
        check::functions(&http, &app.triggers)?;
        // The host tries functions in this order, and the first that fits gets the request.
        http.sort_by_key(|function| function.route.name.to_ascii_lowercase());
        Ok(Self {
            hubs,
            http,
            triggers: app
                .triggers
                .into_iter()
                .map(|trigger| trigger.within(&layers))
                .collect(),
            shared: Arc::new(app.shared),
        })
    }

    /// The hub of this name.
    #[must_use]
    pub(crate) fn hub(&self, name: &str) -> Option<&HubTable> {
        let mut hubs = self.hubs.iter();
        hubs.find(|hub| hub.name.as_str().eq_ignore_ascii_case(name))
    }

    /// The HTTP function for a path below the route prefix, with what its route's parameters stand for.
    #[must_use]
    pub(crate) fn http_function(
        &self,
        path: &str,
        method: &Method,
    ) -> Option<(&HttpFunction, HashMap<String, String>)> {
        self.http.iter().find_map(|function| {
            let params = function.matches(path)?;
            let fits = function.route.methods.contains(method);
            fits.then_some((function, params))
        })
    }

    /// The hub that actions go to where none is named: the only one.
    #[must_use]
    pub(crate) fn only_hub(&self) -> Option<Arc<HubName>> {
        match self.hubs.as_slice() {
            [hub] => Some(hub.name.clone()),
            _ => None,
        }
    }
}

impl HubTable {
    fn new(
        hub: Hub,
        outer: &[Layer],
        on_error: OnError,
        settings: &Settings,
        http: &mut Vec<HttpFunction>,
    ) -> Result<Self, BuildError> {
        let place = hub.place;
        let named_by_setting = hub.name.is_empty();
        let name = match named_by_setting {
            true => settings.get(Settings::HUB).unwrap_or(UNNAMED).to_owned(),
            false => hub.name,
        };
        let name = HubName::new(name).map_err(|error| BuildError::one(place, error))?;
        let name = Arc::new(name);
        let layers = [outer, &hub.layers].concat();
        let of_hub: Arc<[Layer]> = layers.clone().into();
        for (route, function) in hub.negotiations {
            let function = function.within(&route.name, &of_hub);
            let role = HttpRole::Negotiate(name.clone(), function);
            http.push(HttpFunction::new(route, role));
        }
        let mut namespaces = HashMap::new();
        for scope in hub.scopes {
            let place = scope.place;
            let namespace = Namespace::new(scope.namespace);
            let namespace = namespace.map_err(|error| BuildError::one(place, error))?;
            let layers: Arc<[Layer]> = [layers.as_slice(), &scope.layers].concat().into();
            let table = NamespaceTable {
                connect: first(scope.connect, "connect", &layers),
                connected: first(scope.connected, "connected", &layers),
                disconnected: first(scope.disconnected, "disconnected", &layers),
                any: first(scope.any, "*", &layers),
                contract: scope.contract,
                events: scope
                    .events
                    .into_iter()
                    .map(|(name, function)| {
                        let function = function.within(&name, &layers);
                        (name.to_lowercase(), (name, function))
                    })
                    .collect(),
                name: namespace,
            };
            namespaces.insert(table.name.as_str().to_lowercase(), table);
        }
        Ok(Self {
            name,
            named_by_setting,
            place: hub.place,
            connection: hub.connection,
            on_error: hub.on_error.unwrap_or(on_error),
            namespaces,
        })
    }

    /// The namespace of this name, ignoring case.
    #[must_use]
    pub(crate) fn namespace(&self, name: &str) -> Option<&NamespaceTable> {
        self.namespaces.get(lower(name).as_ref())
    }

    /// The namespace of this name, if clients may be in it: something is registered there. A hub without any handler
    /// only sends, and its main namespace is for those who listen.
    #[must_use]
    pub(crate) fn open_namespace(&self, name: &str) -> Option<&NamespaceTable> {
        let only_sends = || self.namespaces.values().all(NamespaceTable::is_empty);
        let table = self.namespace(name)?;
        let open = !table.is_empty() || (table.name.as_str() == "/" && only_sends());
        open.then_some(table)
    }
}

/// The handler of which there is at most one, inside of its middleware.
fn first<K: Kind>(
    functions: Vec<Function<K>>,
    name: &str,
    layers: &Arc<[Layer]>,
) -> Option<Function<K>> {
    let function = functions.into_iter().next()?;
    Some(function.within(name, layers))
}

/// Where a handler was registered.
pub(crate) type Place = &'static Location<'static>;

impl NamespaceTable {
    /// Starts what is registered for what has happened to a socket: for an event, the handler of this name. It may not
    /// exist.
    pub(crate) fn launch(
        &self,
        event: &str,
        input: SocketInput,
        shared: &Arc<Shared>,
        invocation: Invocation,
    ) -> Option<(Running, Place)> {
        fn launch<K: Kind<Input = SocketInput>>(
            function: Option<&Function<K>>,
            input: SocketInput,
            shared: &Arc<Shared>,
            invocation: Invocation,
        ) -> Option<(Running, Place)> {
            let function = function?;
            let running = function.invoke(input.scope(), input, shared.clone(), invocation);
            Some((running, function.place))
        }
        match &input.detail {
            Detail::Connect(_) => launch(self.connect.as_ref(), input, shared, invocation),
            Detail::Connected => launch(self.connected.as_ref(), input, shared, invocation),
            Detail::Disconnected(_) => {
                launch(self.disconnected.as_ref(), input, shared, invocation)
            }
            Detail::Event(_) => launch(self.event(event), input, shared, invocation),
        }
    }

    /// The handler of an event, or the one for events without.
    #[must_use]
    pub(crate) fn event(&self, name: &str) -> Option<&Function<Event>> {
        let own = self.events.get(lower(name).as_ref());
        own.map(|(_, function)| function).or(self.any.as_ref())
    }

    /// Whether an event has a handler of its own. Clients cannot add to these names.
    #[must_use]
    pub(crate) fn names(&self, event: &str) -> bool {
        self.events.contains_key(lower(event).as_ref())
    }

    /// Whether anything is registered.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.connect.is_none()
            && self.connected.is_none()
            && self.disconnected.is_none()
            && self.any.is_none()
            && self.events.is_empty()
    }
}

/// A name in lower case, borrowed where it already is.
fn lower(name: &str) -> Cow<'_, str> {
    // Not only capital letters change: titlecase ones do, too.
    let stays = |c: char| c.is_ascii() && !c.is_ascii_uppercase() || c.to_lowercase().eq([c]);
    if name.chars().all(stays) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_are_found() {
        for name in ["chat", "Chat", "ǅ", "ᾈ", "İ", "ΣΑΣ", "消息"] {
            let app = App::new().hub(Hub::new("hub").on(name, || async {}));
            let registry = app.registry();
            let table = registry
                .hub("HUB")
                .and_then(|hub| hub.namespace("/"))
                .unwrap();
            for spelling in [name.to_owned(), name.to_lowercase()] {
                assert!(table.event(&spelling).is_some(), "{spelling}");
            }
        }
    }

    #[test]
    fn a_handler_of_any_event_names_none() {
        let hub = Hub::new("hub").on("chat", || async {}).on_any(|| async {});
        let registry = App::new().hub(hub).registry();
        let table = registry
            .hub("hub")
            .and_then(|hub| hub.namespace("/"))
            .unwrap();
        assert!(table.names("Chat") && table.event("anything").is_some());
        assert!(!table.names("anything"));
    }
}
