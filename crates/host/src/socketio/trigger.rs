//! Which function an event is for (docs/contracts/socketio-extension.md, "Trigger key").

use std::fmt;

use crate::app::{Binding, Function};
use crate::json::Json;

/// What kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventType {
    System,
    User,
}

/// Hub, namespace, kind and name of an event. All but the kind compare ignoring case.
///
/// Unconfirmed: the original compares by the invariant culture, which besides ignores characters of no width.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) hub: String,
    pub(crate) namespace: String,
    pub(crate) kind: EventType,
    pub(crate) event: String,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        self.kind == other.kind
            && same(&self.hub, &other.hub)
            && same(&self.namespace, &other.namespace)
            && same(&self.event, &other.event)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Hub: {}, Namespace: {}, EventName: {}, EventType: {:?}",
            self.hub, self.namespace, self.event, self.kind
        )
    }
}

/// A function that waits for an event.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub(crate) key: Key,
    /// The function's place in the app.
    pub(crate) function: usize,
    /// Its name.
    pub(crate) name: String,
    /// It has a `$return` binding of its own, so its return value does not come back to the trigger.
    pub(crate) returns_elsewhere: bool,
    pub(crate) parameter_names: Vec<String>,
}

impl Trigger {
    /// The trigger of a function, if it is one of this extension's; `hub` is the global hub.
    pub(crate) fn of(
        index: usize,
        function: &Function,
        hub: Option<&str>,
    ) -> Option<Result<Self, String>> {
        let binding = function
            .trigger()
            .filter(|binding| binding.is_kind("socketiotrigger"))?;
        let Some(hub) = binding.text("hub").or(hub) else {
            return Some(Err(
                "Hub name should be configured in either attribute or appsettings.".to_owned(),
            ));
        };
        let event = binding.text("eventName").unwrap_or_default();
        Some(Ok(Self {
            key: Key {
                hub: hub.to_owned(),
                namespace: namespace(binding).to_owned(),
                kind: kind(event),
                event: event.to_owned(),
            },
            function: index,
            name: function.name.clone(),
            returns_elsewhere: function.return_binding().is_some(),
            parameter_names: parameter_names(binding),
        }))
    }
}

/// `connect`, `connected` and `disconnected` are the service's own events.
fn kind(event: &str) -> EventType {
    let system = ["connect", "connected", "disconnected"];
    if system.iter().any(|name| name.eq_ignore_ascii_case(event)) {
        EventType::System
    } else {
        EventType::User
    }
}

fn namespace(binding: &Binding) -> &str {
    match binding.properties.get("namespace") {
        None => "/",
        // Written but empty: no event has such a namespace, so nothing ever triggers the function.
        Some(written) => written.as_str().unwrap_or_default(),
    }
}

fn parameter_names(binding: &Binding) -> Vec<String> {
    match binding.properties.get("parameterNames") {
        Some(Json::Array(names)) => names.iter().map(Json::dotnet_text).collect(),
        _ => Vec::new(),
    }
}
