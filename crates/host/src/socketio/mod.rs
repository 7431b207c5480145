//! The Socket.IO extension (`WebPubSubForSocketIO`): its trigger, its input and its output.
//!
//! It follows the project's *extension contract*, whose section titles are cited where they are implemented. Reading
//! from outside in: `trigger` and `delivery` decide whether an event is taken and by which function; `packet` and
//! `event` read it; `metadata` is what the function can bind to; `reply` turns what it returns into the answer.
//! `negotiation` is the input; `action`, `call` and `service` are the output.
//!
//! Where the extension itself has a fault (it rewrites dates, lets an exception hold for the last room only, never
//! answers for a function that failed) a faithful host has it too. Otherwise the host does what the author meant and
//! warns, once for each function and fault.
//!
//! What could not be confirmed is marked "unconfirmed" where it is: the order of members (`event`), the members of
//! `ConnectionContext` (`metadata`), the interface's version (`call`), comparing of keys (`trigger`), a function with a
//! `$return` binding of its own (`front::webhook`).

mod action;
mod call;
mod connection;
mod delivery;
mod event;
mod identity;
mod metadata;
mod negotiation;
mod packet;
mod reply;
mod service;
mod trigger;
#[cfg(test)]
mod vectors;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

pub(crate) use connection::Connection;
pub(crate) use delivery::{Delivery, EmptyOrigin, allowed_origin};
pub(crate) use event::{Event, Refused};
pub use identity::Identity;
pub(crate) use identity::Tokens;
pub(crate) use metadata::{binding_data, parameter_problem};
pub(crate) use reply::{Asked, Reply, reply};
pub(crate) use trigger::{Key, Trigger};

use self::action::Action;
use self::call::RestCall;
use self::service::Service;
use crate::app::{App, Binding, Variables};
use crate::invocation::{BindingData, Value, dates, resolve};
use crate::json::Json;

/// The types of its bindings.
const KINDS: [&str; 3] = ["socketiotrigger", "socketionegotiation", "socketio"];

/// The extension, as it is loaded for an app that uses it.
#[derive(Debug)]
pub(crate) struct Extension {
    /// The connection of the webhook.
    default: Connection,
    /// Those that bindings name.
    connections: HashMap<String, Connection>,
    hub: Option<String>,
    triggers: Vec<Trigger>,
    service: Service,
    faithful: bool,
    /// Warnings that were given.
    given: Mutex<HashSet<(String, &'static str)>>,
}

/// Something that was sent, for the timeline.
pub(crate) struct Sent {
    pub(crate) action: &'static str,
    /// A fault of the original that was not followed.
    pub(crate) warning: Option<&'static str>,
}

const PRECEDENCE: &str = "SendToRooms with several rooms and exceptRooms: in Azure the exception only holds for the last room, since the extension writes its filter without parentheses; here it holds for all. Send to one room at a time to be safe";
const DATES: &str = "a text in an action looks like a date; in Azure the extension writes dates in another form. Put something before it to keep it, or send a number";

impl Extension {
    /// Loads the extension if a function uses it; the error is the reason why the host cannot start.
    pub(crate) fn load(
        app: &App,
        variables: &Variables,
        faithful: bool,
        tokens: Option<&Tokens>,
    ) -> Result<Option<Self>, String> {
        let bindings = || app.functions.iter().flat_map(|function| &function.bindings);
        if !bindings().any(owns) {
            return Ok(None);
        }
        let name = app.config.socket_io_connection.as_deref();
        let name = name.unwrap_or(connection::DEFAULT);
        let find = |name: &str| {
            Connection::find(variables, name, tokens).map_err(|error| error.to_string())
        };
        let default = find(name)?;
        let mut connections = HashMap::new();
        for name in bindings()
            .filter(|binding| owns(binding))
            .filter_map(|binding| binding.text("connection"))
        {
            connections.insert(name.to_owned(), find(name)?);
        }
        let hub = app.config.socket_io_hub.clone();
        let hub = hub.or_else(|| {
            let setting = variables.configured("WebPubSubForSocketIOHub");
            setting.filter(|hub| !hub.is_empty()).map(str::to_owned)
        });
        let mut triggers: Vec<Trigger> = Vec::new();
        for (index, function) in app.functions.iter().enumerate() {
            let Some(trigger) = Trigger::of(index, function, hub.as_deref()) else {
                continue;
            };
            let trigger = trigger.map_err(|what| {
                format!(
                    "the function '{}': {what}\nhint: write \"hub\" in its function.json, or set WebPubSubForSocketIOHub",
                    function.name
                )
            })?;
            if function.disabled {
                continue;
            }
            if let Some(other) = triggers.iter().find(|other| other.key == trigger.key) {
                return Err(format!(
                    "Duplicated binding attribute find: {}\nhint: the functions '{}' and '{}' wait for the same event; remove one of them",
                    trigger.key, app.functions[other.function].name, function.name
                ));
            }
            triggers.push(trigger);
        }
        Ok(Some(Self {
            default,
            connections,
            hub,
            triggers,
            service: Service::new()?,
            faithful,
            given: Mutex::default(),
        }))
    }

    /// The connection that webhooks are checked against.
    pub(crate) fn connection(&self) -> &Connection {
        &self.default
    }

    /// Who waits for an event.
    pub(crate) fn find(&self, key: &Key) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.key == *key)
    }

    pub(crate) fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// Is this warning about a function the first of its kind?
    pub(crate) fn is_new(&self, function: &str, warning: &'static str) -> bool {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.insert((function.to_owned(), warning))
    }

    fn connection_of(&self, binding: &Binding) -> &Connection {
        let named = binding.text("connection");
        named
            .and_then(|name| self.connections.get(name))
            .unwrap_or(&self.default)
    }

    fn hub_of(&self, binding: &Binding, data: &BindingData) -> Result<String, String> {
        match binding.text("hub") {
            Some(hub) => resolve(hub, data),
            None => self.hub.clone().ok_or_else(|| {
                "Hub name should be configured in either attribute or appsettings.".to_owned()
            }),
        }
    }

    /// The value of an input `socketionegotiation`.
    pub(crate) async fn negotiate(
        &self,
        binding: &Binding,
        data: &BindingData,
        now: i64,
    ) -> Result<Json, String> {
        let hub = self.hub_of(binding, data)?;
        let user = match binding.text("userId") {
            Some(user) => Some(resolve(user, data)?),
            None => None,
        };
        let connection = self.connection_of(binding);
        let user = user.as_deref();
        negotiation::negotiation(&self.service, connection, &hub, user, now).await
    }

    /// Carries out the actions of an output, one after the other; the first that fails ends it. `sent` hears of each,
    /// and `parent` is the header that makes them parts of a trace.
    pub(crate) async fn carry_out(
        &self,
        binding: &Binding,
        value: &Value,
        data: &BindingData,
        parent: Option<&str>,
        now: impl Fn() -> i64,
        sent: impl Fn(Sent),
    ) -> Result<(), String> {
        let hub = self.hub_of(binding, data)?;
        let connection = self.connection_of(binding);
        for item in items(value)? {
            if !matches!(item, Json::Object(_)) {
                return Err(wrong(item.kind()));
            }
            let action = Action::read(&item, self.faithful).map_err(|error| error.to_string())?;
            let call = RestCall::of(&action, self.faithful);
            let action_name = action.name();
            self.service
                .send(connection, &hub, &call, parent, &now)
                .await
                .map_err(|what| format!("{action_name}: {what}"))?;
            let warning = if self.faithful {
                None
            } else if call::excepts_too_little(&action) {
                Some(PRECEDENCE)
            } else {
                spoilt(&item).then_some(DATES)
            };
            sent(Sent {
                action: action_name,
                warning,
            });
        }
        Ok(())
    }
}

/// Would the original change a text in it?
fn spoilt(action: &Json) -> bool {
    action.members().any(|(_, value)| dates::changes(value))
}

/// The actions of a value: an object, a list of them, or either as JSON text.
fn items(value: &Value) -> Result<Vec<Json>, String> {
    let parsed;
    let value = match value {
        Value::Bytes(_) => return Err(wrong("bytes")),
        Value::Json(Json::String(text)) => {
            let text = text.trim();
            let shaped = text.starts_with('{') && text.ends_with('}')
                || text.starts_with('[') && text.ends_with(']');
            if !shaped {
                return Err(wrong("a string that is no JSON"));
            }
            parsed = Json::lenient(text)
                .map_err(|error| wrong(&format!("text that is not JSON: {error}")))?;
            &parsed
        }
        Value::Json(json) => json,
    };
    Ok(match value {
        Json::Array(list) => list.clone(),
        other => vec![other.clone()],
    })
}

fn wrong(found: &str) -> String {
    format!("an output of type socketio takes actions as JSON objects, found {found}")
}

/// Is it one of this extension's bindings?
pub(crate) fn owns(binding: &Binding) -> bool {
    KINDS.iter().any(|kind| binding.is_kind(kind))
}
