//! Routes of HTTP functions: where they are served, with which methods, and for which callers.
//!
//! Source: docs/contracts/functions-host.md, "Routing". The host matches first; the handler matches again because a
//! request that is proxied or forwarded arrives without the route's parameters.

use std::collections::HashMap;

use http::Method;
use sio_routes::{Template, TemplateError};

/// Who may call an HTTP function, by the keys that the host checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AuthLevel {
    /// Everybody.
    #[default]
    Anonymous,
    /// Holders of a function key.
    Function,
    /// Holders of the master key.
    Admin,
}

impl AuthLevel {
    /// The level's name in function.json.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Function => "function",
            Self::Admin => "admin",
        }
    }
}

/// Where an HTTP function is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) methods: Vec<Method>,
    pub(crate) level: AuthLevel,
}

impl Route {
    /// A function of this name for these methods, served under its name to everybody.
    #[must_use]
    pub fn new(name: &str, methods: impl IntoIterator<Item = Method>) -> Self {
        Self {
            name: name.to_owned(),
            path: name.to_owned(),
            methods: methods.into_iter().collect(),
            level: AuthLevel::default(),
        }
    }

    /// A function of this name for GET.
    #[must_use]
    pub fn get(name: &str) -> Self {
        Self::new(name, [Method::GET])
    }

    /// A function of this name for POST.
    #[must_use]
    pub fn post(name: &str) -> Self {
        Self::new(name, [Method::POST])
    }

    /// The same served at another path: literals, `{parameter}`, `{optional?}` and `{*rest}` at the end.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.trim_matches('/').to_owned();
        self
    }

    /// The same for callers of another level.
    #[must_use]
    pub fn level(mut self, level: AuthLevel) -> Self {
        self.level = level;
        self
    }

    /// What the parameters stand for if a path below the route prefix fits. Literals compare ignoring case.
    pub(crate) fn matches(&self, path: &str) -> Option<HashMap<String, String>> {
        params(&self.template().ok()?, path)
    }

    /// The path without what its parameters are called: two routes of one shape take the same requests.
    pub(crate) fn shape(&self) -> String {
        self.template()
            .map_or_else(|_| self.path.clone(), |template| template.shape())
    }

    /// Why nothing would ever fit, or the host would not start with it.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.methods.is_empty() {
            return Some("has no methods, so nothing is answered".to_owned());
        }
        let error = self.template().err()?;
        Some(format!("is not a route template: {error}"))
    }

    /// The first part of the path, if it is a fixed text.
    pub(crate) fn first_literal(&self) -> Option<String> {
        let template = self.template().ok()?;
        template.first_literal().map(str::to_owned)
    }

    pub(super) fn template(&self) -> Result<Template, TemplateError> {
        Template::parse(&self.path)
    }
}

/// What the parameters of a template stand for if a path fits.
pub(super) fn params(template: &Template, path: &str) -> Option<HashMap<String, String>> {
    let values = template.matches(&sio_routes::decoded(path))?.into_iter();
    Some(
        values
            .filter_map(|(name, value)| Some((name, value?)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(route: &str, path: &str) -> Option<Vec<(String, String)>> {
        let found = Route::get("f").path(route).matches(path)?;
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort();
        Some(found)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn parameters_are_decoded() {
        assert_eq!(params("index", "Index/"), Some(vec![]));
        assert_eq!(
            params("rooms/{room}/{id:int?}", "rooms/a%20b"),
            Some(vec![pair("room", "a b")])
        );
        assert_eq!(
            params("assets/{*path}", "assets/a/b.css"),
            Some(vec![pair("path", "a/b.css")])
        );
        assert_eq!(params("assets/{*path}", "assets"), Some(vec![]));
        assert_eq!(
            params("a{{b}}/{x:regex(^(?!admin)\\w+$)}", "a%7Bb%7D/%C3%BC"),
            Some(vec![pair("x", "ü")])
        );
    }

    #[test]
    fn routes_that_cannot_work_are_known() {
        let problem = |path: &str| Route::get("f").path(path).problem();
        for legal in [
            "",
            "a/b",
            "a/{x}",
            "{x:int}/b/{y?}",
            "a/{*rest}",
            "{x:regex(^a{{2}}$)}",
            "a{{b}}",
            "rooms/{room-id}",
            "{*rest:regex(a)}",
            "a*b/{**rest}",
            "a{b}",
            "{file}.{ext?}",
        ] {
            assert_eq!(problem(legal), None, "{legal}");
        }
        for odd in [
            "x/{a",
            "a}",
            "{}",
            "{*}",
            "{*rest}/more",
            "a?",
            "a//b",
            "{a}/{A}",
            "{a:nope}",
            "{x:regex(^a{2}$)}",
            "{a}{b}",
            "{a?}-{b}",
        ] {
            assert!(problem(odd).is_some(), "{odd}");
        }
        assert!(Route::new("f", []).problem().is_some());
        let shape = |path: &str| Route::get("f").path(path).shape();
        assert_eq!(shape("X/{a}"), shape("x/{b}"));
        assert_ne!(shape("x/{a:int}"), shape("x/{a}"));
        assert_ne!(shape("x/{a}"), shape("x/a"));
    }

    #[test]
    fn other_paths_do_not_fit() {
        assert_eq!(params("index", "index/x"), None);
        assert_eq!(params("rooms/{room}", "rooms"), None);
        assert_eq!(params("a/b", "a"), None);
        assert_eq!(params("{x}", "%ff"), Some(vec![pair("x", "%ff")]));
    }
}
