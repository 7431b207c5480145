//! How functions are reached over HTTP: `httpTrigger` in function.json, and routes of host.json.

use super::error::{FileError, Source};
use crate::json::Json;
use crate::routing::{Methods, Template, TemplateError};

/// How an HTTP-triggered function is reached.
#[derive(Debug, Clone)]
pub(crate) struct HttpRoute {
    /// As written, without slashes at its ends; the function's name where it is absent.
    pub(crate) route: String,
    /// `extensions.http.routePrefix`
    prefix: String,
    /// Of prefix and route.
    pub(crate) template: Template,
    pub(crate) methods: Methods,
    /// `authLevel`, lower case.
    pub(crate) level: String,
}

impl HttpRoute {
    /// Reads the trigger of a function.
    pub(super) fn read(
        function: &str,
        trigger: &Json,
        prefix: &str,
        source: &Source,
    ) -> Result<Self, FileError> {
        let route = trigger
            .get("route")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let route = route.trim_matches('/');
        let route = if route.is_empty() { function } else { route };
        let lower = route.to_ascii_lowercase();
        if lower.starts_with("admin") || lower.starts_with("runtime") {
            return Err(source
            .about(
                "route",
                "The specified route conflicts with one or more built in routes.",
            )
            .hint(
                "a route cannot start with \"admin\" or \"runtime\", not even as part of a word",
            ));
        }
        let template = template(prefix, route)
            .map_err(|error| source.about("route", format!("the route '{route}': {error}")))?;
        let methods = match trigger.get("methods") {
            None | Some(Json::Null) => Methods::all(),
            Some(Json::Array(list)) => Methods::only(list.iter().map(Json::dotnet_text)),
            Some(other) => {
                return Err(source.about(
                    "methods",
                    format!("methods must be a list, found {}", other.kind()),
                ));
            }
        };
        let level = level(trigger.get("authLevel")).map_err(|found| {
            source
                .about("authLevel", found)
                .hint("write \"anonymous\", \"function\" or \"admin\"")
        })?;
        Ok(Self {
            route: route.to_owned(),
            prefix: prefix.to_owned(),
            template,
            methods,
            level,
        })
    }

    /// A route of host.json; the error says what is wrong with it.
    pub(super) fn configured(route: &str, level: &str, prefix: &str) -> Result<Self, String> {
        if route.trim().is_empty() {
            return Err("the route is empty".to_owned());
        }
        if route.trim_start_matches('/').is_empty() && route.len() > 1 || route.contains("//") {
            return Err(
                "The route template separator character '/' cannot appear consecutively."
                    .to_owned(),
            );
        }
        let route = route.trim_matches('/');
        Ok(Self {
            route: route.to_owned(),
            prefix: prefix.to_owned(),
            template: template(prefix, route).map_err(|error| error.to_string())?,
            methods: Methods::all(),
            level: self::level(Some(&Json::text(level)))?,
        })
    }

    /// The whole route as written, with a slash in front.
    pub(crate) fn path(&self) -> String {
        match self.prefix.as_str() {
            "" => format!("/{}", self.route),
            prefix => format!("/{prefix}/{}", self.route),
        }
    }
}

fn template(prefix: &str, route: &str) -> Result<Template, TemplateError> {
    match prefix {
        "" => Template::parse(route),
        prefix => Template::parse(&format!("{prefix}/{route}")),
    }
}

/// The levels of `authLevel`, in the order of the original's numbers.
const LEVELS: [&str; 5] = ["anonymous", "user", "function", "system", "admin"];

/// A level in lower case; `function` by default.
fn level(found: Option<&Json>) -> Result<String, String> {
    let level = match found {
        None | Some(Json::Null) => return Ok("function".to_owned()),
        Some(found) => found.dotnet_text().to_ascii_lowercase(),
    };
    // The original reads a number, too.
    let level = match level.parse::<usize>() {
        Ok(place) => LEVELS.get(place).copied(),
        Err(_) => LEVELS.into_iter().find(|known| *known == level),
    };
    level.map(str::to_owned).ok_or_else(|| {
        let found = found.map(Json::compact).unwrap_or_default();
        format!("Error converting value {found} to type 'AuthorizationLevel'.")
    })
}
