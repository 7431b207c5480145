//! What the host accepts silently and an author should know at the start.

use crate::app::{App, Binding, Function, Variables};
use crate::extension::Extension;
use crate::queue::Address;
use crate::routes;
use crate::timer::{self, ZONE_SETTING};

/// A setting that a route names between percent signs.
fn setting_in<'a>(route: &'a str, variables: &Variables) -> Option<&'a str> {
    let mut parts = route.split('%').skip(1);
    parts.find(|name| !name.is_empty() && variables.get(name).is_some())
}

/// What the host would not say.
pub(crate) fn collect(
    app: &App,
    variables: &Variables,
    extension: Option<&dyn Extension>,
) -> Vec<String> {
    let mut found = extension.map_or_else(Vec::new, |extension| extension.advice(app));
    let owns = |binding: &Binding| extension.is_some_and(|extension| extension.owns(binding));
    for (function, earlier) in routes::shadowed(&app.functions) {
        found.push(format!(
            "the function '{}' can never be reached: routes are tried in the order of the functions' names, and '{}' answers all of its requests",
            function.name, earlier.name
        ));
    }
    for function in &app.functions {
        let (name, Some(said)) = (&function.name, &function.says_disabled) else {
            continue;
        };
        found.push(format!(
            "function.json of '{name}' says \"disabled\": {said}, which the Functions host does not read: the function runs for every caller. Set the app setting AzureWebJobs.{name}.Disabled to true instead"
        ));
    }
    for function in &app.functions {
        let Some(http) = &function.http else { continue };
        if let Some(setting) = setting_in(&http.route, variables) {
            found.push(format!(
                "the route of '{}' is \"{}\": the Functions host does not replace %{setting}% in routes, so the URL has these characters",
                function.name, http.route
            ));
        }
    }
    let handler = app.config.handler.as_ref();
    let executable = handler.map_or("", |handler| handler.executable.as_str());
    if executable.starts_with("./") || executable.contains('%') {
        found.push(format!(
            "customHandler.description.defaultExecutablePath is \"{executable}\": `func azure functionapp publish` gives the execute bit only to a file named exactly so; write it without ./ and without %variables%"
        ));
    }
    if app
        .functions
        .iter()
        .any(|function| function.timer.is_some())
    {
        found.extend(about_zones(variables));
    }
    for function in app
        .functions
        .iter()
        .filter(|function| function.timer.is_some())
    {
        let schedule = function
            .trigger()
            .and_then(|trigger| trigger.text("schedule"));
        if let Some(doubt) = schedule.and_then(timer::doubt) {
            found.push(format!("the function '{}': {doubt}", function.name));
        }
    }
    for function in &app.functions {
        let strange = |binding: &&Binding| !binding.is_trigger() && !owns(binding);
        for binding in function.inputs().filter(strange) {
            found.push(format!(
                "the function '{}': inputs of type {} are not stood in for; '{}' is null here. Let the handler read what it needs from the service itself, or try this function under Core Tools",
                function.name, binding.kind, binding.name
            ));
        }
        if function.http.is_none()
            && let Some(trigger) = function.trigger()
            && !owns(trigger)
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
                "the function '{}': {} {fires}; POST /admin/functions/{} with {{\"input\": \"…\"}} as application/json runs it",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_between_percent_signs_is_found_in_a_route() {
        let mut variables = Variables::default();
        variables.set("MY_ROUTE", "x");
        assert_eq!(setting_in("v1/%MY_ROUTE%/y", &variables), Some("MY_ROUTE"));
        for route in ["v1", "100%", "%OTHER%", "%%", "MY_ROUTE"] {
            assert_eq!(setting_in(route, &variables), None, "{route}");
        }
    }
}
