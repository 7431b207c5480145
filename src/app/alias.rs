//! Routes that the handler could mistake for invocations.
//!
//! Without a route prefix `POST /chat` may be a public request or the host's invocation of the function `chat`. Only
//! routes whose first part is fixed and no function's name can be told apart (host contract, "Forwarding and proxying
//! of HTTP functions", the note on catch-all functions).

use super::{HttpRole, Registry};

/// A route that looks like an invocation.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the route prefix is empty, and the route {route:?} of function {name:?} could then be mistaken for the invocation of function {alias:?}: set extensions.http.routePrefix in host.json, or choose another route"
)]
pub struct Alias {
    /// The function with the route.
    pub name: String,
    /// Its route.
    pub route: String,
    /// The function it could be mistaken for.
    pub alias: String,
}

/// Looks for such a route, in either mode: one binary serves both.
///
/// # Errors
/// There is one.
pub(crate) fn refuse_aliases(registry: &Registry, prefix: &str) -> Result<(), Alias> {
    if !prefix.is_empty() {
        return Ok(());
    }
    let http = registry.http.iter().map(|other| other.route.name.clone());
    let triggers = registry.triggers.iter().map(|other| other.name.clone());
    let functions: Vec<String> = http.chain(triggers).collect();
    let events = registry.event_functions();
    for function in &registry.http {
        let route = &function.route;
        // The webhook takes its own route whichever way it comes, and checks the signature both times.
        if matches!(function.role, HttpRole::Webhook) {
            continue;
        }
        let alias = match route.first_literal() {
            // It takes every name; its own is one.
            None => functions.first(),
            Some(first) => functions
                .iter()
                .chain(events.iter().map(|event| &event.function))
                .find(|name| name.eq_ignore_ascii_case(first)),
        };
        if let Some(alias) = alias {
            return Err(Alias {
                name: route.name.clone(),
                route: route.path.clone(),
                alias: alias.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{App, Hub, Route};

    async fn nothing() {}
    async fn page() -> &'static str {
        "page"
    }

    fn alias(app: App, prefix: &str) -> Option<String> {
        let registry = app.check().unwrap();
        refuse_aliases(&registry, prefix)
            .err()
            .map(|alias| alias.alias)
    }

    #[test]
    fn routes_that_look_like_functions_of_either_mode_are_found() {
        let with = |path: &str| {
            App::new()
                .hub(Hub::new("hub").on("new message", nothing))
                .timer("tick", "* * * * * *", nothing)
                .http(Route::get("page").path(path), page)
        };
        for (path, name) in [
            ("page", Some("page")),
            ("Tick/now", Some("tick")),
            // Only the extension has a function for an event, but the handler serves it whoever asks.
            ("new-message", Some("new-message")),
            ("{*rest}", Some("page")),
            ("pages/page", None),
        ] {
            assert_eq!(alias(with(path), "").as_deref(), name, "{path}");
            assert_eq!(alias(with(path), "api"), None, "{path}");
        }
    }
}
