//! Every `function.json` of an app, derived from its registrations.
//!
//! Source: docs/contracts/functions-host.md, "function.json"; docs/contracts/socketio-extension.md, "Trigger
//! properties".

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};
use sio_protocol::cloud_events::SystemEvent;

use super::check::illegal_name;
use super::{EventFunction, HttpFunction, HttpRole, Registry};
use crate::settings::Settings;

/// Name of the binding that brings an event, in extension mode.
pub const TRIGGER: &str = "socketEvent";
/// Name of the binding that takes what is to be sent.
pub const ACTIONS: &str = "actions";

/// Who takes the webhook and runs the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bindings {
    /// Our own HTTP function, and our REST client.
    #[default]
    Direct,
    /// Microsoft's extension.
    Extension,
}

impl FromStr for Bindings {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "direct" => Ok(Self::Direct),
            "extension" => Ok(Self::Extension),
            other => Err(format!("{other:?} is neither \"direct\" nor \"extension\"")),
        }
    }
}

impl fmt::Display for Bindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "direct",
            Self::Extension => "extension",
        })
    }
}

/// What the extension cannot do that the app asks for; each names its registration.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(Vec<String>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Refused {}

/// The generated files: path below the script root, and content.
pub type Files = BTreeMap<String, String>;

/// All `function.json` files of an app.
///
/// # Errors
/// The bindings cannot express the app.
pub fn files(registry: &Registry, bindings: Bindings) -> Result<Files, Refused> {
    let mut functions: BTreeMap<String, Value> = BTreeMap::new();
    let mut refused = Vec::new();
    for function in &registry.http {
        if bindings == Bindings::Direct || !matches!(function.role, HttpRole::Webhook) {
            functions.insert(function.route.name.clone(), http(function));
        }
    }
    for trigger in &registry.triggers {
        functions.insert(trigger.name.clone(), trigger.manifest());
    }
    if bindings == Bindings::Extension {
        triggers(registry, &mut functions, &mut refused);
    }
    if !refused.is_empty() {
        refused.sort();
        return Err(Refused(refused));
    }
    let file = |(name, value): (String, Value)| (format!("{name}/function.json"), pretty(&value));
    Ok(functions.into_iter().map(file).collect())
}

fn http(function: &HttpFunction) -> Value {
    let route = &function.route;
    let methods: Vec<String> = route
        .methods
        .iter()
        .map(|method| method.as_str().to_lowercase())
        .collect();
    json!({
        "bindings": [
            {
                "type": "httpTrigger",
                "direction": "in",
                "name": "req",
                "authLevel": route.level.name(),
                "methods": methods,
                "route": route.path,
            },
            { "type": "http", "direction": "out", "name": "res" },
        ],
    })
}

/// One function for each event.
fn triggers(
    registry: &Registry,
    functions: &mut BTreeMap<String, Value>,
    refused: &mut Vec<String>,
) {
    for hub in &registry.hubs {
        let has_events = hub.namespaces.values().any(|table| !table.is_empty());
        if has_events && hub.connection != Settings::CONNECTION {
            refused.push(format!(
                "{}: hub {:?} has a connection of its own, {}, but the extension takes events of the service at {connection} alone; use direct mode for it",
                hub.place,
                hub.name.as_str(),
                hub.connection, connection = Settings::CONNECTION));
        }
        for namespace in hub.namespaces.values() {
            if let Some(any) = &namespace.any {
                refused.push(format!(
                    "{}: the extension has no catch-all; register each event by its name",
                    any.place
                ));
            }
        }
    }
    let mut places: HashMap<String, String> = HashMap::new();
    for function in &registry.http {
        if let Some(place) = function.role.place() {
            places.insert(function.route.name.to_lowercase(), place.to_string());
        }
    }
    for trigger in &registry.triggers {
        places.insert(trigger.name.to_lowercase(), trigger.place().to_string());
    }
    for trigger in registry.event_functions() {
        let EventFunction {
            function,
            event,
            place,
            binary,
            system,
            ..
        } = &trigger;
        if let Some(problem) = illegal_name(function) {
            refused.push(format!(
                "{place}: the function name {function:?} for event {event:?} {problem}"
            ));
        }
        if !system && SystemEvent::from_name(event).is_some() {
            refused.push(format!(
                "{place}: the extension takes the name {event:?} for the service's own event, so no client's event of this name arrives; rename it, or use direct mode"
            ));
        }
        if event.contains('%') {
            refused.push(format!(
                "{place}: the extension takes what is between two \"%\" for a setting's name, and event {event:?} has one; rename it, or use direct mode"
            ));
        }
        if *binary {
            refused.push(format!(
                "{place}: the extension cannot pass bytes, and the handler of event {event:?} takes some; send them as text, or use direct mode"
            ));
        }
        if let Some(first) = places.get(&function.to_lowercase()) {
            refused.push(format!(
                "{place}: event {event:?} would become the function {function:?}, and there is one already, first at {first}"
            ));
            continue;
        }
        places.insert(function.to_lowercase(), place.to_string());
        functions.insert(function.clone(), binding(&trigger));
    }
}

fn binding(trigger: &EventFunction) -> Value {
    json!({
        "bindings": [
            {
                "type": "socketiotrigger",
                "direction": "in",
                "name": TRIGGER,
                "hub": trigger.hub_binding,
                "namespace": trigger.namespace,
                "eventName": trigger.event,
            },
            {
                "type": "socketio",
                "direction": "out",
                "name": ACTIONS,
                "hub": trigger.hub_binding,
                "connection": Settings::CONNECTION,
            },
        ],
    })
}

/// JSON as it is committed: two spaces, a line break at the end.
fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{App, AuthLevel, Hub, Route};
    use crate::arguments::{Bytes, Variadic};
    use crate::extract::{Data, State};
    use crate::settings::Settings;

    async fn nothing() {}

    #[test]
    fn the_extension_gets_a_function_for_each_event() {
        let app = App::new().hub(
            Hub::new("hub")
                .on_connect(nothing)
                .on("new message", nothing)
                .namespace("/admin", |scope| {
                    scope.on("kick", nothing).on("消", nothing)
                }),
        );
        let files = files(&app.registry(), Bindings::Extension).unwrap();
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "admin-e6b688/function.json",
                "admin-kick/function.json",
                "connect/function.json",
                "new-message/function.json",
            ]
        );
        assert!(files["admin-kick/function.json"].contains(r#""namespace": "/admin""#));
    }

    #[test]
    fn what_the_extension_cannot_do_is_refused_by_name() {
        let app = App::new().hub(
            Hub::new("hub")
                .on("new message", nothing)
                .on("new-message", nothing)
                .on("file", |_: Data<Variadic<Bytes>>| async {})
                .on("fine", |_: State<Bytes>| async {})
                .on("100%", nothing)
                .on("Connected", nothing)
                .on_any(nothing),
        );
        let elsewhere = Hub::new("elsewhere").connection("OTHER");
        // Who only sends needs no events.
        let silent = Hub::new("silent").connection("ANOTHER");
        let app = app.hub(elsewhere.on("x", nothing)).hub(silent);
        let app = app.state(Bytes::new());
        let refused = files(&app.registry(), Bindings::Extension).unwrap_err();
        let text = refused.to_string();
        assert!(text.contains("catch-all"), "{text}");
        assert!(text.contains("new-message"), "{text}");
        assert!(text.contains("\"file\" takes"), "{text}");
        assert!(!text.contains("fine"), "{text}");
        assert!(text.contains("\"100%\""), "{text}");
        assert!(text.contains("\"Connected\""), "{text}");
        assert!(
            text.contains("\"elsewhere\"") && text.contains("OTHER"),
            "{text}"
        );
        assert!(!text.contains("ANOTHER"), "{text}");
    }

    #[test]
    fn functions_that_collide_are_refused_with_both_places_in_the_mode_that_has_them() {
        let app = || {
            App::new()
                .hub(
                    Hub::new("hub")
                        .on("new message", nothing)
                        .on("New-Message", nothing)
                        .on("tick", nothing),
                )
                .timer("tick", "* * * * * *", nothing)
        };
        let refused = files(&app().registry(), Bindings::Extension).unwrap_err();
        assert_eq!(refused.0.len(), 2, "{refused}");
        for (line, name) in refused.0.iter().zip(["ew", "tick"]) {
            assert!(line.contains(name), "{refused}");
            assert_eq!(line.matches("manifest.rs:").count(), 2, "{refused}");
        }
        // Events are not functions in direct mode.
        assert!(files(&app().registry(), Bindings::Direct).is_ok());
        // But these are, in both.
        let app =
            App::new()
                .timer("tick", "* * * * * *", nothing)
                .timer("Tick", "* * * * * *", nothing);
        let refused = app.hub(Hub::new("hub")).check().unwrap_err();
        assert_eq!(
            refused.problems()[0].matches("manifest.rs:").count(),
            2,
            "{refused}"
        );
    }

    #[test]
    fn a_hub_without_a_name_gets_that_of_the_setting() {
        let app = || {
            App::new()
                .hub(Hub::new("").on("chat", nothing))
                .hub(Hub::new("other").on("chat", nothing))
        };
        // Where nothing is served it need not be known, and it makes no difference.
        for settings in [Settings::new(), Settings::new().with(Settings::HUB, "mine")] {
            let registry = app().build(settings).unwrap();
            let files = files(&registry, Bindings::Extension).unwrap();
            let file: Value = serde_json::from_str(&files["chat/function.json"]).unwrap();
            for binding in file["bindings"].as_array().unwrap() {
                assert_eq!(binding["hub"], "%WebPubSubForSocketIOHub%");
            }
            assert!(files.contains_key("other-chat/function.json"));
        }
        for wrong in ["other", "OTHER", "1"] {
            let error = app()
                .build(Settings::new().with(Settings::HUB, wrong))
                .unwrap_err();
            assert!(
                error.to_string().contains("manifest.rs:"),
                "{wrong}: {error}"
            );
        }
    }

    #[test]
    fn an_http_function_is_described_as_it_was_registered() {
        let page = || async { "page" };
        let route = Route::new("page", [http::Method::PUT]).path("pages/{id}");
        let app = App::new()
            .http(route.level(AuthLevel::Admin), page)
            .http(Route::post("job").level(AuthLevel::Function), page)
            .get("open", page);
        let files = files(&app.registry(), Bindings::Direct).unwrap();
        let trigger = |name: &str| {
            let file: Value =
                serde_json::from_str(&files[&format!("{name}/function.json")]).unwrap();
            file["bindings"][0].clone()
        };
        let expected = json!({
            "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "admin",
            "methods": ["put"], "route": "pages/{id}",
        });
        assert_eq!(trigger("page"), expected);
        assert_eq!(trigger("job")["authLevel"], "function");
        assert_eq!(trigger("open")["authLevel"], "anonymous");
    }

    #[test]
    fn direct_mode_needs_one_function_for_all_events() {
        let app = App::new().hub(Hub::new("hub").on("chat", nothing));
        let files = files(&app.registry(), Bindings::Direct).unwrap();
        assert_eq!(files.len(), 1);
        let webhook: Value = serde_json::from_str(&files["socketio/function.json"]).unwrap();
        assert_eq!(webhook["bindings"][0]["authLevel"], "function");
        assert_eq!(
            webhook["bindings"][0]["methods"],
            json!(["get", "options", "post"])
        );
        let app = App::new().hub(Hub::new("hub").on("chat", nothing));
        let caller = Settings::new().with(crate::settings::Settings::WEBHOOK_CALLER, "id");
        let files = super::files(&app.build(caller).unwrap(), Bindings::Direct).unwrap();
        assert!(files["socketio/function.json"].contains(r#""authLevel": "anonymous""#));
        let app = App::new().hub(Hub::new("hub").on("chat", nothing));
        let app = app.webhook_level(crate::app::AuthLevel::Anonymous);
        let files = super::files(&app.registry(), Bindings::Direct).unwrap();
        assert!(files["socketio/function.json"].contains(r#""authLevel": "anonymous""#));
    }
}
