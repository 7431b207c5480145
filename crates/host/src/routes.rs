//! The functions' routes in the order in which they are tried.

use http::Method;

use crate::app::Function;
use crate::routing::{Params, Template};

/// The routes of an app.
#[derive(Debug)]
pub(crate) struct RouteTable {
    prefix: Template,
    prefix_segments: usize,
    prefix_text: String,
}

impl RouteTable {
    /// A table under a route prefix, which may have parameters of its own.
    pub(crate) fn new(prefix: &str) -> Self {
        let prefix_text = prefix.trim_matches('/').to_owned();
        let segments = prefix_text
            .split('/')
            .filter(|part| !part.is_empty())
            .count();
        Self {
            // A prefix that isn't a template matches nothing, which the warning says.
            prefix: Template::parse(&prefix_text).unwrap_or_else(|_| Template::nothing()),
            prefix_segments: segments,
            prefix_text,
        }
    }

    /// The path of a route, with a slash in front.
    pub(crate) fn path(&self, route: &str) -> String {
        if self.prefix_text.is_empty() {
            format!("/{route}")
        } else {
            format!("/{}/{route}", self.prefix_text)
        }
    }

    /// The index of the first function that answers, with its prefix's and its route's values; disabled ones only if
    /// asked.
    pub(crate) fn find(
        &self,
        functions: &[Function],
        method: &Method,
        path: &str,
        disabled: bool,
    ) -> Option<(usize, Params)> {
        let path = sio_routes::decoded(path);
        let (mut values, rest) = self.below_prefix(&path)?;
        functions
            .iter()
            .enumerate()
            .filter(|(_, function)| disabled || !function.disabled)
            .filter_map(|(index, function)| Some((index, function.http.as_ref()?)))
            .filter(|(_, http)| http.methods.contains(method.as_str()))
            .find_map(|(index, http)| Some((index, http.template.matches(rest)?)))
            .map(|(index, found)| {
                values.extend(found);
                (index, values)
            })
    }

    /// The values of the prefix, and what follows it in a path.
    fn below_prefix<'a>(&self, path: &'a str) -> Option<(Params, &'a str)> {
        let mut rest = path.strip_prefix('/').unwrap_or(path);
        let whole = rest;
        for _ in 0..self.prefix_segments {
            rest = rest.find('/').map_or("", |index| &rest[index + 1..]);
        }
        let head = whole[..whole.len() - rest.len()].trim_end_matches('/');
        self.prefix.matches(head).map(|values| (values, rest))
    }

    /// Functions that can never be reached because an earlier one answers everything they would.
    pub(crate) fn shadowed<'a>(
        &self,
        functions: &'a [Function],
    ) -> Vec<(&'a Function, &'a Function)> {
        let mut found = Vec::new();
        for (index, function) in functions.iter().enumerate() {
            let Some(http) = &function.http else { continue };
            let earlier = functions[..index].iter().find(|earlier| {
                earlier.http.as_ref().is_some_and(|other| {
                    let methods = if http.methods.is_all() {
                        other.methods.is_all()
                    } else {
                        http.methods
                            .names()
                            .iter()
                            .all(|name| other.methods.contains(name))
                    };
                    methods && !earlier.disabled && other.template.covers(&http.template)
                })
            });
            if let Some(earlier) = earlier {
                found.push((function, earlier));
            }
        }
        found
    }
}
