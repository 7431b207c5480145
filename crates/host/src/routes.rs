//! Which function answers a path. Functions are tried in the order of their names, and the first match wins.

use http::Method;

use crate::app::Function;
use crate::routing::Params;

/// The index of the first function that answers, with its route's values; disabled ones only if asked.
pub(crate) fn find(
    functions: &[Function],
    method: &Method,
    path: &str,
    disabled: bool,
) -> Option<(usize, Params)> {
    let path = sio_routes::decoded(path);
    functions
        .iter()
        .enumerate()
        .filter(|(_, function)| disabled || !function.disabled)
        .filter_map(|(index, function)| Some((index, function.http.as_ref()?)))
        .filter(|(_, http)| http.methods.contains(method.as_str()))
        .find_map(|(index, http)| Some((index, http.template.matches(&path)?)))
}

/// Functions that can never be reached because an earlier one answers everything they would.
pub(crate) fn shadowed(functions: &[Function]) -> Vec<(&Function, &Function)> {
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
