//! The Socket.IO extension (`WebPubSubForSocketIO`): its trigger, its input and its output.
//!
//! It follows docs/contracts/socketio-extension.md, whose section titles are cited where they are implemented. Reading
//! from outside in: `trigger` and `delivery` decide whether an event is taken and by which function; `packet` and
//! `event` read it; `metadata` is what the function can bind to; `reply` turns what it returns into the answer.
//! `negotiation` is the input; `action`, `call` and `service` are the output.
//!
//! Where the extension itself has a fault (it rewrites dates, lets an exception hold for the last room only), this one
//! has it too, and warns, once for each function and fault. It is kinder in one thing: a function that failed is
//! answered with 500, where the original leaves the service waiting.
//!
//! What could not be confirmed is marked "unconfirmed" where it is: the order of members (`event`), the members of
//! `ConnectionContext` (`metadata`), the interface's version (`call`), comparing of keys (`trigger`), a function with a
//! `$return` binding of its own (`webhook`).

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
mod webhook;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use http::request::Parts;
use time::OffsetDateTime;

pub use identity::Identity;
pub(crate) use identity::Tokens;

use self::action::Action;
use self::call::RestCall;
use self::connection::Connection;
use self::service::Service;
use self::trigger::{Key, Trigger};
use crate::app::{App, Binding, Variables};
use crate::call::Call;
use crate::extension::{Extension, Pending, Reply, Sent, TakesBody};
use crate::invocation::{BindingData, Value, dates, resolve};
use crate::json::Json;

/// The types of its bindings.
const KINDS: [&str; 3] = ["socketiotrigger", "socketionegotiation", "socketio"];

/// The extension, as it is loaded for an app that uses it.
#[derive(Debug)]
struct SocketIo {
    /// The connection of the webhook.
    default: Connection,
    /// Those that bindings name, or why one cannot be used.
    connections: HashMap<String, Result<Connection, String>>,
    hub: Option<String>,
    triggers: Vec<Trigger>,
    service: Service,
    /// Warnings that were given.
    given: Mutex<HashSet<(String, &'static str)>>,
}

const PRECEDENCE: &str = "SendToRooms with several rooms and exceptRooms: the exception only holds for the last room, since the extension writes its filter without parentheses. Send to one room at a time";
const DATES: &str = "a text in an action looks like a date, and the extension writes dates in another form. Put something before it to keep it, or send a number";

/// Loads the extension if a function uses it; the error is the reason why the host cannot start.
pub(crate) fn load(
    app: &App,
    variables: &Variables,
    tokens: Option<&Tokens>,
) -> Result<Option<Box<dyn Extension>>, String> {
    let bindings = || app.functions.iter().flat_map(|function| &function.bindings);
    if !bindings().any(owns) {
        return Ok(None);
    }
    let name = app.config.socket_io_connection.as_deref();
    let name = name.unwrap_or(connection::DEFAULT);
    let find =
        |name: &str| Connection::find(variables, name, tokens).map_err(|error| error.to_string());
    let default = find(name)?;
    let named = bindings()
        .filter(|binding| owns(binding))
        .filter_map(|binding| binding.text("connection"));
    let connections = named.map(|name| (name.to_owned(), find(name))).collect();
    let hub = app.config.socket_io_hub.clone().or_else(|| {
        let setting = variables.configured("WebPubSubForSocketIOHub");
        setting.filter(|hub| !hub.is_empty()).map(str::to_owned)
    });
    let triggers = triggers(app, hub.as_deref())?;
    Ok(Some(Box::new(SocketIo {
        default,
        connections,
        hub,
        triggers,
        service: Service::new()?,
        given: Mutex::default(),
    })))
}

/// The triggers of an app, no two for one event.
fn triggers(app: &App, hub: Option<&str>) -> Result<Vec<Trigger>, String> {
    let mut triggers: Vec<Trigger> = Vec::new();
    for (index, function) in app.functions.iter().enumerate() {
        let Some(trigger) = Trigger::of(index, function, hub) else {
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
                trigger.key, other.name, function.name
            ));
        }
        triggers.push(trigger);
    }
    Ok(triggers)
}

impl SocketIo {
    /// The connection that webhooks are checked against.
    fn connection(&self) -> &Connection {
        &self.default
    }

    /// Which function waits for an event.
    fn find(&self, key: &Key) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.key == *key)
    }

    fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// Is this warning about a function the first of its kind?
    fn is_new(&self, function: &str, warning: &'static str) -> bool {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.insert((function.to_owned(), warning))
    }

    fn connection_of(&self, binding: &Binding) -> Result<&Connection, String> {
        let named = binding.text("connection");
        match named.and_then(|name| self.connections.get(name)) {
            Some(Ok(connection)) => Ok(connection),
            Some(Err(problem)) => Err(problem.clone()),
            None => Ok(&self.default),
        }
    }

    fn hub_of(&self, binding: &Binding, data: &BindingData) -> Result<String, String> {
        match binding.text("hub") {
            Some(hub) if hub.matches('%').count() > 1 => {
                Err(format!("the hub {hub} does not resolve to a value"))
            }
            Some(hub) => resolve(hub, data),
            None => self.hub.clone().ok_or_else(|| {
                "Hub name should be configured in either attribute or appsettings.".to_owned()
            }),
        }
    }

    /// The value of an input `socketionegotiation`.
    async fn negotiate(&self, binding: &Binding, data: &BindingData) -> Result<Json, String> {
        let hub = self.hub_of(binding, data)?;
        let user = match binding.text("userId") {
            Some(user) => Some(resolve(user, data)?),
            None => None,
        };
        let connection = self.connection_of(binding)?;
        let user = user.as_deref();
        negotiation::negotiation(&self.service, connection, &hub, user, now()).await
    }

    async fn send(
        &self,
        call: &Call,
        binding: &Binding,
        value: &Value,
        data: &BindingData,
        sent: &(dyn Fn(Sent) + Sync),
    ) -> Result<(), String> {
        let hub = self.hub_of(binding, data)?;
        let connection = self.connection_of(binding)?;
        let parent = call.parent.as_deref();
        for item in items(value)? {
            if !matches!(item, Json::Object(_)) {
                return Err(wrong(item.kind()));
            }
            let action = Action::read(&item).map_err(|error| error.to_string())?;
            let name = action.name();
            self.service
                .send(connection, &hub, &RestCall::of(&action), parent, now)
                .await
                .map_err(|what| format!("{name}: {what}"))?;
            let advice = if call::excepts_too_little(&action) {
                Some(PRECEDENCE)
            } else {
                spoilt(&item).then_some(DATES)
            };
            sent(Sent {
                action: name,
                advice: advice.filter(|advice| self.is_new(&call.function, advice)),
            });
        }
        Ok(())
    }
}

/// Tokens go by the real clock: the service does.
fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

impl Extension for SocketIo {
    fn name(&self) -> &'static str {
        "socketio"
    }

    fn owns(&self, binding: &Binding) -> bool {
        owns(binding)
    }

    fn advice(&self, app: &App) -> Vec<String> {
        let parameters = self.triggers.iter().filter_map(|trigger| {
            let problem = metadata::parameter_problem(trigger)?;
            Some(format!("the function '{}': {problem}", trigger.name))
        });
        let connections = app.functions.iter().flat_map(|function| {
            let bindings = function.bindings.iter().filter(|binding| owns(binding));
            bindings.filter_map(|binding| {
                let problem = self.connection_of(binding).err()?;
                let name = &function.name;
                Some(format!(
                    "the function '{name}' fails when it is invoked: {problem}"
                ))
            })
        });
        let bundle = (!has_bindings(app.config.bundle.as_deref())).then(|| {
            "host.json names no extension bundle with the Socket.IO bindings, so Azure and Core Tools will not load these functions; \
             write \"extensionBundle\": {\"id\": \"Microsoft.Azure.Functions.ExtensionBundle.Preview\", \"version\": \"[4.*, 5.0.0)\"}"
                .to_owned()
        });
        parameters.chain(connections).chain(bundle).collect()
    }

    fn webhook(&self, head: &Parts) -> Result<TakesBody<'_>, Reply> {
        webhook::accept(self, head)
    }

    fn input<'a>(&'a self, binding: &'a Binding, data: &'a BindingData) -> Pending<'a, Json> {
        Box::pin(self.negotiate(binding, data))
    }

    fn output<'a>(
        &'a self,
        call: &'a Call,
        binding: &'a Binding,
        value: &'a Value,
        data: &'a BindingData,
        sent: &'a (dyn Fn(Sent) + Sync),
    ) -> Pending<'a, ()> {
        Box::pin(self.send(call, binding, value, data, sent))
    }
}

/// Does the bundle have the Socket.IO bindings (docs/contracts/functions-host.md, "Extension bundles")?
fn has_bindings(bundle: Option<&str>) -> bool {
    ["Preview", "Experimental"].iter().any(|kind| {
        bundle.is_some_and(|bundle| {
            bundle
                .eq_ignore_ascii_case(&format!("Microsoft.Azure.Functions.ExtensionBundle.{kind}"))
        })
    })
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
                return Err(wrong("a string that is not JSON"));
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
fn owns(binding: &Binding) -> bool {
    KINDS.iter().any(|kind| binding.is_kind(kind))
}
