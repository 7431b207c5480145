//! Routes that the handler could mistake for invocations.
//!
//! The host invokes the function `chat` by `POST /chat`. Without a route prefix that may be a public request, too: only
//! routes whose first part is fixed and no function's name can be told apart. And with the prefix `chat` it may be a
//! public request for a route that takes the prefix alone (docs/contracts/functions-host.md, "Forwarding and proxying").

use http::Method;

use super::{HttpRole, Registry, WEBHOOK};

/// A route that looks like an invocation.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the route prefix is {prefix:?}, and the route {route:?} of function {name:?} could then be mistaken for the invocation of function {alias:?}: set another extensions.http.routePrefix in host.json, such as \"api\", or choose another route"
)]
pub struct Alias {
    /// The prefix.
    pub prefix: String,
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
    let http = registry.http.iter().map(|other| other.route.name.clone());
    let triggers = registry.triggers.iter().map(|other| other.name.clone());
    let events = registry.event_functions().into_iter();
    let events = events.map(|event| event.function);
    let mut functions: Vec<String> = http.chain(triggers).collect();
    let plain = functions.len();
    functions.extend(events);
    // An event of the webhook's name would be invoked where the service posts, without a signature.
    if prefix.is_empty()
        && let Some(alias) = functions
            .iter()
            .skip(plain)
            .find(|name| name.eq_ignore_ascii_case(WEBHOOK))
    {
        return Err(Alias {
            prefix: String::new(),
            name: WEBHOOK.to_owned(),
            route: WEBHOOK.to_owned(),
            alias: alias.clone(),
        });
    }
    let named = |name: &str| {
        functions
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name))
    };
    for function in &registry.http {
        let route = &function.route;
        // The webhook takes its own route whichever way it comes, and checks the signature both times.
        if matches!(function.role, HttpRole::Webhook) {
            continue;
        }
        let alias = match (prefix, route.first_literal()) {
            // It takes every name; its own is one.
            ("", None) => functions.first(),
            ("", Some(first)) => named(&first),
            (prefix, _) => named(prefix)
                .filter(|_| route.methods.contains(&Method::POST) && route.matches("").is_some()),
        };
        if let Some(alias) = alias {
            return Err(Alias {
                prefix: prefix.to_owned(),
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
        let registry = app.registry();
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
            // Only the extension has a function for an event, but the handler serves it to every caller.
            ("new-message", Some("new-message")),
            ("{*rest}", Some("page")),
            ("pages/page", None),
        ] {
            assert_eq!(alias(with(path), "").as_deref(), name, "{path}");
            assert_eq!(alias(with(path), "api"), None, "{path}");
        }
    }

    #[test]
    fn an_event_of_the_webhooks_name_needs_a_prefix() {
        let app = || App::new().hub(Hub::new("hub").on("SocketIO", nothing));
        assert_eq!(alias(app(), "").as_deref(), Some("SocketIO"));
        assert_eq!(alias(app(), "api"), None);
    }

    #[test]
    fn a_prefix_that_is_a_functions_name_is_found_where_a_route_takes_it_alone() {
        let with = |path: &str| {
            App::new()
                .hub(Hub::new("hub").on("new message", nothing))
                .timer("tick", "* * * * * *", nothing)
                .http(Route::post("page").path(path), page)
        };
        for path in ["{*rest}", "{page?}"] {
            assert_eq!(alias(with(path), "Tick").as_deref(), Some("tick"));
            assert_eq!(
                alias(with(path), "new-message").as_deref(),
                Some("new-message")
            );
            assert_eq!(alias(with(path), "api"), None);
            assert_eq!(alias(with(path), "tick/v1"), None);
        }
        assert_eq!(alias(with("page"), "tick"), None);
        let only_get = App::new().http(Route::get("page").path("{*rest}"), page);
        assert_eq!(alias(only_get, "page"), None);
    }
}
