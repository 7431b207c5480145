//! What the host takes without a word and an author should know at the start (host contract, "Checklist for the local
//! stand-in host").

use crate::app::{App, Binding, Function, Variables, is_known_binding_type};
use crate::queue::Address;
use crate::routes::RouteTable;
use crate::socketio::{self, Extension};
use crate::timer::ZONE_SETTING;

/// What the host would not say.
pub(crate) fn of(
    app: &App,
    variables: &Variables,
    routes: &RouteTable,
    socket_io: Option<&Extension>,
) -> Vec<String> {
    let mut found = Vec::new();
    for trigger in socket_io.map(Extension::triggers).unwrap_or_default() {
        if let Some(problem) = socketio::parameter_problem(trigger) {
            let name = &app.functions[trigger.function].name;
            found.push(format!("the function '{name}': {problem}"));
        }
    }
    for (function, earlier) in routes.shadowed(&app.functions) {
        found.push(format!(
            "the function '{}' can never be reached: routes are tried in the order of the functions' names, and '{}' answers all of its requests",
            function.name, earlier.name
        ));
    }
    let handler = app.config.handler.as_ref();
    let executable = handler.map_or("", |handler| handler.executable.as_str());
    if executable.starts_with("./") || executable.contains('%') {
        found.push(format!(
            "customHandler.description.defaultExecutablePath is \"{executable}\": `func azure functionapp publish` gives the execute bit only to a file named exactly so; write it without ./ and without %variables%"
        ));
    }
    let bindings = || app.functions.iter().flat_map(|function| &function.bindings);
    if bindings().any(socketio::owns) && !has_socket_io(app.config.bundle.as_deref()) {
        found.push(
            "host.json names no extension bundle with the Socket.IO bindings, so Azure and Core Tools will not load these functions; \
             write \"extensionBundle\": {\"id\": \"Microsoft.Azure.Functions.ExtensionBundle.Preview\", \"version\": \"[4.*, 5.0.0)\"}"
                .to_owned(),
        );
    }
    if app.config.throttles.dynamic {
        found.push(
            "extensions.http.dynamicThrottlesEnabled goes by counters of the platform, which this machine does not have; to see 429 here, set maxOutstandingRequests"
                .to_owned(),
        );
    }
    if app
        .functions
        .iter()
        .any(|function| function.timer.is_some())
    {
        found.extend(about_zones(variables));
    }
    for function in &app.functions {
        for binding in &function.bindings {
            if !is_known_binding_type(&binding.kind) {
                found.push(format!(
                    "the function '{}': the binding type '{}' is in no extension bundle that is known here; Azure does not load a function with a type that its bundle lacks",
                    function.name, binding.kind
                ));
            }
        }
        let strange = |binding: &&Binding| !binding.is_trigger() && !socketio::owns(binding);
        for binding in function.inputs().filter(strange) {
            found.push(format!(
                "the function '{}': inputs of type {} are not stood in for; '{}' is null here. Let the handler read what it needs from the service itself, or try this function under Core Tools",
                function.name, binding.kind, binding.name
            ));
        }
        if function.http.is_none()
            && let Some(trigger) = function.trigger()
            && !socketio::owns(trigger)
            && function.timer.is_none()
        {
            let fires = match Address::of_trigger(function) {
                Some(queue) if is_fed(app, &queue) => continue,
                Some(queue) => format!(
                    "fires here only for messages that functions of this app put into the queue {}",
                    queue.queue
                ),
                None => "does not fire by itself here".to_owned(),
            };
            found.push(format!(
                "the function '{}': {} {fires}; POST /admin/functions/{} runs it",
                function.name, trigger.kind, function.name
            ));
        }
    }
    found
}

/// Where timers go by another clock than in Azure.
fn about_zones(variables: &Variables) -> Option<String> {
    let set = |name| variables.get(name).filter(|zone| !zone.is_empty());
    match (set(ZONE_SETTING), set("TZ")) {
        (Some(zone), _) => Some(format!(
            "timers go by {ZONE_SETTING} ({zone}); the Consumption and Flex Consumption plans on Linux do not know that setting and go by UTC"
        )),
        (None, Some(zone)) if zone != "UTC" => Some(format!(
            "TZ is set ({zone}), but timers go by UTC here; set {ZONE_SETTING} to give them a zone"
        )),
        (None, _) => None,
    }
}

/// Does a function of the app put messages into this queue?
fn is_fed(app: &App, queue: &Address) -> bool {
    let outputs = app.functions.iter().flat_map(Function::outputs);
    let mut queues = outputs.filter(|binding| binding.is_kind("queue"));
    queues.any(|binding| {
        let name = binding.text("queueName").unwrap_or_default();
        Address::new(binding, name) == *queue
    })
}

/// Does the bundle have the Socket.IO bindings (host contract, "Extension bundles and Socket.IO")?
fn has_socket_io(bundle: Option<&str>) -> bool {
    ["Preview", "Experimental"].iter().any(|kind| {
        bundle.is_some_and(|bundle| {
            bundle
                .eq_ignore_ascii_case(&format!("Microsoft.Azure.Functions.ExtensionBundle.{kind}"))
        })
    })
}
