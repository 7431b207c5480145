//! Routes of HTTP functions: where they are served, with which methods, for whom.
//!
//! Source: host contract, "Routing". The host matches first; the handler matches again because a request that is
//! proxied or forwarded arrives without the route's parameters.

use std::collections::HashMap;

use http::Method;
use percent_encoding::percent_decode_str;

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
        let mut params = HashMap::new();
        let mut given = path.split('/').filter(|part| !part.is_empty());
        for part in self.path.split('/').filter(|part| !part.is_empty()) {
            match Part::of(part) {
                Part::Literal(text) => {
                    if !decode(given.next()?)?.eq_ignore_ascii_case(text) {
                        return None;
                    }
                }
                Part::Rest(name) => {
                    let rest: Option<Vec<String>> = given.by_ref().map(decode).collect();
                    params.insert(name.to_owned(), rest?.join("/"));
                }
                Part::Parameter { name, optional } => match given.next() {
                    Some(value) => {
                        params.insert(name.to_owned(), decode(value)?);
                    }
                    None if optional => {}
                    None => return None,
                },
            }
        }
        given.next().is_none().then_some(params)
    }

    /// The path without what its parameters are called: two routes of one shape take the same requests.
    pub(crate) fn shape(&self) -> String {
        let parts = self.path.split('/').map(|part| match Part::of(part) {
            Part::Literal(text) => text.to_lowercase(),
            // What a parameter must look like is the host's business, and may tell two routes apart.
            Part::Parameter { name, .. } => part.replacen(name, "", 1),
            Part::Rest(_) => "{*}".to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Why nothing would ever fit, or the host would not start with it.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.methods.is_empty() {
            return Some("has no methods, so nothing is answered");
        }
        let parts: Vec<&str> = self.path.split('/').collect();
        let (last, before) = parts.split_last()?;
        if before
            .iter()
            .any(|part| matches!(Part::of(part), Part::Rest(_)))
        {
            return Some("has something behind {*rest}, which takes all that is left");
        }
        if parts.len() > 1 && parts.contains(&"") {
            return Some("has two slashes in a row");
        }
        let mut names: Vec<String> = Vec::new();
        for part in before.iter().chain([last]) {
            match Part::of(part) {
                Part::Literal(text) if text.contains(['{', '}', '?']) => {
                    return Some(
                        "has a part that is neither a text nor {parameter}, {optional?} or {*rest}",
                    );
                }
                Part::Literal(_) => {}
                Part::Parameter { name, .. } | Part::Rest(name) => {
                    if name.is_empty() || name.contains(['/', '{', '}', '?', '*']) {
                        return Some("has a parameter without a name, or with two in one part");
                    }
                    if names.contains(&name.to_lowercase()) {
                        return Some("has two parameters of one name");
                    }
                    names.push(name.to_lowercase());
                }
            }
        }
        None
    }

    /// Whether the first part of the path is fixed, and which text it is.
    pub(crate) fn first_literal(&self) -> Option<&str> {
        match Part::of(self.path.split('/').next()?) {
            Part::Literal(text) => Some(text),
            _ => None,
        }
    }
}

enum Part<'a> {
    Literal(&'a str),
    Parameter { name: &'a str, optional: bool },
    Rest(&'a str),
}

impl<'a> Part<'a> {
    fn of(part: &'a str) -> Self {
        let Some(inner) = part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) else {
            return Self::Literal(part);
        };
        // Constraints and defaults are the host's business; the name ends where they begin.
        let name = |text: &'a str| text.split([':', '=', '?']).next().unwrap_or_default();
        // Two stars leave slashes as they are when a link is made, which nobody does here.
        if let Some(rest) = inner.strip_prefix("**").or_else(|| inner.strip_prefix('*')) {
            return Self::Rest(name(rest));
        }
        let optional = inner.ends_with('?');
        Self::Parameter {
            name: name(inner),
            optional,
        }
    }
}

fn decode(part: &str) -> Option<String> {
    let text = percent_decode_str(part).decode_utf8().ok()?;
    Some(text.into_owned())
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
        assert_eq!(
            params("assets/{*path}", "assets"),
            Some(vec![pair("path", "")])
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
            "rooms/{room-id}",
            "{*rest:regex(a)}",
            "a*b/{**rest}",
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
            "a{b}",
            "a//b",
            "{a}/{A}",
            "{file}.{ext}",
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
        assert_eq!(params("{x}", "%ff"), None);
    }
}
