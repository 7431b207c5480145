//! The functions of an app in extension mode: one for each registered event.
//!
//! Their names are part of the app's address space, so they are made in one place, for the manifest and for the
//! invocations alike.

use std::panic::Location;
use std::sync::Arc;

use sio_protocol::names::HubName;

use super::registry::NamespaceTable;
use super::{HubTable, Registry};
use crate::settings::Settings;

/// A function of Microsoft's trigger.
#[derive(Debug, Clone)]
pub(crate) struct EventFunction {
    /// Name of the function.
    pub function: String,
    /// Hub of its events.
    pub hub: Arc<HubName>,
    /// What its bindings say for the hub: its name, or the setting that has it.
    pub hub_binding: String,
    /// Namespace of its events, as registered.
    pub namespace: String,
    /// Name of its event, as registered.
    pub event: String,
    /// Whether it is `connect`, `connected` or `disconnected`.
    pub system: bool,
    /// Where its handler was registered.
    pub place: &'static Location<'static>,
    /// Whether the handler's signature has bytes, which the extension cannot pass.
    pub binary: bool,
}

impl Registry {
    /// The functions that Microsoft's trigger needs, in no particular order.
    #[must_use]
    pub(crate) fn event_functions(&self) -> Vec<EventFunction> {
        let mut all = Vec::new();
        for hub in &self.hubs {
            for namespace in hub.namespaces.values() {
                of_namespace(hub, namespace, self.hubs.len() > 1, &mut all);
            }
        }
        all
    }
}

fn of_namespace(
    hub: &HubTable,
    namespace: &NamespaceTable,
    several_hubs: bool,
    all: &mut Vec<EventFunction>,
) {
    let mut add = |event: &str, system: bool, place, binary| {
        // Another setting must not mean other functions.
        let hub_part = (several_hubs && !hub.named_by_setting).then(|| hub.name.as_str());
        let parts = [hub_part, Some(namespace.name.as_str()), Some(event)];
        all.push(EventFunction {
            function: function_name(parts.into_iter().flatten()),
            hub: hub.name.clone(),
            hub_binding: match hub.named_by_setting {
                true => format!("%{hub}%", hub = Settings::HUB),
                false => hub.name.as_str().to_owned(),
            },
            namespace: namespace.name.as_str().to_owned(),
            event: event.to_owned(),
            system,
            place,
            binary,
        });
    };
    if let Some(function) = &namespace.connect {
        add("connect", true, function.place, false);
    }
    if let Some(function) = &namespace.connected {
        add("connected", true, function.place, false);
    }
    if let Some(function) = &namespace.disconnected {
        add("disconnected", true, function.place, false);
    }
    for (name, function) in namespace.events.values() {
        add(name, false, function.place, function.needs.binary);
    }
}

/// A legal function name from the parts that tell an event: what is not a letter or digit becomes a hyphen, what is not
/// ASCII its UTF-8 bytes in hexadecimal.
fn function_name<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut name = String::new();
    for part in parts
        .map(|part| part.trim_matches('/'))
        .filter(|part| !part.is_empty())
    {
        if !name.is_empty() {
            name.push('-');
        }
        for c in part.chars() {
            match c {
                'A'..='Z' | 'a'..='z' | '0'..='9' | '_' => name.push(c),
                c if c.is_ascii() => name.push('-'),
                c => {
                    let mut bytes = [0; 4];
                    for byte in c.encode_utf8(&mut bytes).bytes() {
                        name.push_str(&format!("{byte:02x}"));
                    }
                }
            }
        }
    }
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        format!("on-{name}")
    }
}
