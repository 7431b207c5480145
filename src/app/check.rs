//! Mistakes in the list of registrations, found before anything runs.

use std::any::TypeId;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::panic::Location;

use sio_protocol::names::EventName;

use crate::handler::{Function, Kind};

use super::{App, HttpFunction, TriggerFunction, TriggerRole};

/// The app's list of registrations has mistakes.
#[derive(Debug, PartialEq, Eq)]
pub struct BuildError(Vec<String>);

impl BuildError {
    /// One mistake at one place.
    pub(super) fn one(place: &Location<'_>, problem: impl fmt::Display) -> Self {
        Self(vec![format!("{place}: {problem}")])
    }

    /// A mistake without a place of its own.
    pub(super) fn of(problem: String) -> Self {
        Self(vec![problem])
    }

    /// Each mistake, with its place.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for BuildError {}

/// What is wrong so far.
#[derive(Default)]
struct Problems<'a> {
    found: Vec<String>,
    /// Where the first with each key is registered.
    names: HashMap<String, String>,
    state: HashMap<TypeId, &'static str>,
    app: Option<&'a App>,
}

impl Problems<'_> {
    /// Notes that `what` is registered at `place`. A second one of the same key, which only one can have, is a problem of
    /// both places.
    fn claim(&mut self, key: String, what: &str, place: impl fmt::Display) {
        match self.names.entry(key) {
            Entry::Vacant(free) => {
                free.insert(place.to_string());
            }
            Entry::Occupied(first) => self.found.push(format!(
                "{place}: {what} is registered twice, first at {}; keep one, or rename it",
                first.get()
            )),
        }
    }

    fn function<K: Kind>(&mut self, function: &Function<K>) {
        for (id, name) in &function.needs.state {
            if !self.app.is_some_and(|app| app.shared.has(*id))
                && self.state.insert(*id, name).is_none()
            {
                self.found.push(format!(
                    "{}: a handler takes State<{name}>, which the app does not have; add `.state(…)`",
                    function.place
                ));
            }
        }
    }

    /// Notes a function's name.
    fn name(&mut self, name: &str, place: &str) {
        self.claim(
            format!("name {}", name.to_lowercase()),
            &format!("the function name {name:?}"),
            place,
        );
        if let Some(problem) = illegal_name(name) {
            self.found
                .push(format!("{place}: the function name {name:?} {problem}"));
        }
    }

    fn done(self) -> Result<(), BuildError> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(BuildError(self.found))
        }
    }
}

/// Checks hubs, namespaces, events and state.
pub(super) fn registrations(app: &App) -> Result<(), BuildError> {
    let mut problems = Problems {
        app: Some(app),
        ..Problems::default()
    };
    for (name, place) in &app.states {
        problems.claim(format!("state {name}"), &format!("State<{name}>"), place);
    }
    for hub in &app.hubs {
        let hub_key = hub.name.to_lowercase();
        problems.claim(hub_key.clone(), &format!("hub {:?}", hub.name), hub.place);
        if let Some(problem) = hub.on_error.unwrap_or(app.on_error).problem() {
            problems.found.push(format!("{}: {problem}", hub.place));
        }
        for (_, function) in &hub.negotiations {
            problems.function(function);
        }
        for scope in &hub.scopes {
            let namespace = &scope.namespace;
            let key = format!("{hub_key} {}", namespace.to_lowercase());
            problems.claim(
                key.clone(),
                &format!("namespace {namespace:?}"),
                scope.place,
            );
            singles(&mut problems, &key, "connect", &scope.connect);
            singles(&mut problems, &key, "connected", &scope.connected);
            singles(&mut problems, &key, "disconnected", &scope.disconnected);
            singles(&mut problems, &key, "catch-all", &scope.any);
            for (name, function) in &scope.events {
                let what = format!("event {name:?} of {namespace}");
                problems.claim(
                    format!("{key} event {}", name.to_lowercase()),
                    &what,
                    function.place,
                );
                problems.function(function);
                if let Err(error) = EventName::non_empty(name) {
                    problems.found.push(format!("{}: {error}", function.place));
                }
            }
        }
    }
    for (_, function) in &app.http {
        problems.function(function);
    }
    for trigger in &app.triggers {
        match &trigger.role {
            TriggerRole::Timer(function) => problems.function(function),
            TriggerRole::Queue(function) => problems.function(function),
            TriggerRole::Raw(function) => problems.function(function),
        }
        let place = trigger.place();
        for problem in trigger.problems() {
            let name = &trigger.name;
            problems
                .found
                .push(format!("{place}: function {name:?}: {problem}"));
        }
    }
    problems.done()
}

fn singles<K: Kind>(problems: &mut Problems<'_>, key: &str, what: &str, functions: &[Function<K>]) {
    for function in functions {
        problems.claim(
            format!("{key} {what}"),
            &format!("the {what} handler"),
            function.place,
        );
        problems.function(function);
    }
}

/// Checks the names of functions and their routes.
pub(super) fn functions(
    http: &[HttpFunction],
    triggers: &[TriggerFunction],
) -> Result<(), BuildError> {
    let mut problems = Problems::default();
    for function in http {
        let route = &function.route;
        let place = function.role.place().map_or_else(
            || "the runtime's own webhook".to_owned(),
            ToString::to_string,
        );
        problems.name(&route.name, &place);
        if let Some(problem) = route.problem() {
            problems
                .found
                .push(format!("{place}: the route {:?} {problem}", route.path));
        }
        for method in &route.methods {
            problems.claim(
                format!("route {method} {}", route.shape()),
                &format!("the route {method} {:?}", route.path),
                &place,
            );
        }
        let lower = route.path.to_lowercase();
        if lower.starts_with("admin") || lower.starts_with("runtime") {
            problems.found.push(format!(
                "{place}: the route {:?} begins with \"admin\" or \"runtime\", which the host keeps for itself",
                route.path
            ));
        }
    }
    for function in triggers {
        problems.name(&function.name, &function.place().to_string());
    }
    problems.done()
}

/// Why the host would not load a function of this name. Source: docs/contracts/functions-host.md, "function.json".
pub(super) fn illegal_name(name: &str) -> Option<&'static str> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Some("does not begin with a letter")
    } else if !name.chars().all(legal) {
        Some("has a character other than letters, digits, _ and -")
    } else if name.len() > 128 {
        Some("is longer than 128 characters")
    } else if name.eq_ignore_ascii_case("host") {
        Some("is kept by the Functions host for itself")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Hub, Route};
    use crate::extract::State;
    use crate::reply::Page;

    async fn nothing() {}

    fn problems(app: App) -> Vec<String> {
        app.check().unwrap_err().problems().to_vec()
    }

    #[test]
    fn duplicates_are_found_ignoring_case_with_both_places() {
        let app = App::new().hub(Hub::new("hub").on("chat", nothing).on("Chat", nothing));
        let problems = problems(app);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].matches("check.rs:").count(), 2, "{problems:?}");
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        async fn wants(_: State<u64>) {}
        let app = App::new().hub(
            Hub::new("hub")
                .on_connect(nothing)
                .on_connect(nothing)
                .on("disconnect", nothing)
                .on("wants", wants),
        );
        let problems = problems(app);
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems.iter().any(|p| p.contains("State<u64>")));
    }

    #[test]
    fn state_of_one_type_is_given_once() {
        let app = App::new()
            .state(1_u64)
            .state_with(|| async { Ok::<u64, std::fmt::Error>(2) });
        assert!(problems(app)[0].contains("State<u64>"));
    }

    #[test]
    fn functions_have_legal_names_and_routes_of_their_own() {
        let page = || Page::file("x");
        let app = App::new()
            .get("socketio", page())
            .get("a b", page())
            .http(Route::get("x").path("Administer"), page())
            .hub(Hub::new("hub"));
        let problems = problems(app);
        assert!(
            problems.iter().any(|p| p.contains("webhook")),
            "{problems:?}"
        );
        assert!(
            problems.iter().any(|p| p.contains("\"a b\"")),
            "{problems:?}"
        );
        assert!(
            problems.iter().any(|p| p.contains("Administer")),
            "{problems:?}"
        );
    }

    #[test]
    fn routes_that_take_the_same_requests_are_found() {
        let page = || Page::file("x");
        let app = App::new()
            .http(Route::get("a").path("x/{one}"), page())
            .http(Route::get("b").path("X/{two}"), page())
            .http(Route::get("c").path("y/{rest"), page());
        let problems = problems(app);
        assert_eq!(problems.len(), 2, "{problems:?}");
        let unnamed = App::new().hub(Hub::new("hub").on("", nothing));
        assert!(self::problems(unnamed)[0].contains("event \"\" is empty"));
    }

    #[test]
    fn an_illegal_hub_or_namespace_is_found() {
        let app = App::new().hub(Hub::new("1hub"));
        assert!(problems(app)[0].contains("1hub"));
        let app = App::new().hub(Hub::new("hub").namespace("admin", |scope| scope));
        assert!(problems(app)[0].contains("admin"));
    }
}
