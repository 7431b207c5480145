//! What the Socket.IO extension refuses of a binding (docs/contracts/socketio-extension.md, "Trigger properties").

use std::collections::HashSet;

use super::bindings::Binding;
use crate::json::Json;

/// Why a function with a trigger of this extension is not loaded.
#[derive(Debug)]
pub(super) struct Problem {
    /// The text beside which the problem is: a member of the binding, or its type if a member is missing.
    pub(super) near: String,
    pub(super) found: String,
    pub(super) hint: &'static str,
}

/// Checks a Socket.IO trigger as the extension does when the host loads it; other bindings pass.
pub(super) fn check(binding: &Binding) -> Result<(), Problem> {
    if !binding.is_kind("socketiotrigger") {
        return Ok(());
    }
    for (property, hint) in [
        (
            "hub",
            "add \"hub\": \"…\" to the binding; \"hub\": \"\" uses extensions.socketio.hub of host.json, else the setting \
             WebPubSubForSocketIOHub",
        ),
        (
            "eventName",
            "add \"eventName\": \"…\" to the binding, as in \"connect\" or \"message\"",
        ),
    ] {
        let (near, found) = match binding.properties.get(property) {
            Some(Json::String(_)) => continue,
            Some(other) => (
                property,
                format!("{property} is {}, expected a string", other.kind()),
            ),
            None => (
                &*binding.kind,
                format!(
                    "Can't figure out which ctor to call: the socketiotrigger has no {property}"
                ),
            ),
        };
        let near = near.to_owned();
        return Err(Problem { near, found, hint });
    }
    names_are_distinct(binding).map_err(|found| Problem {
        near: "parameterNames".to_owned(),
        found,
        hint: "list one distinct name per argument, as in [\"text\", \"room\"]",
    })
}

/// Checks `parameterNames` (docs/contracts/socketio-extension.md, "Parameter names").
fn names_are_distinct(binding: &Binding) -> Result<(), String> {
    let names = match binding.properties.get("parameterNames") {
        Some(Json::Array(names)) => names.as_slice(),
        None | Some(Json::Null) => &[],
        Some(other) => {
            let kind = other.kind();
            return Err(format!(
                "parameterNames is {kind}, expected an array of strings"
            ));
        }
    };
    let mut earlier = HashSet::new();
    for name in names {
        let Some(text) = name.as_str() else {
            let kind = name.kind();
            return Err(format!("parameterNames contains {kind}, expected strings"));
        };
        if text.eq_ignore_ascii_case(&binding.name) {
            return Err(format!(
                "parameterNames contains \"{text}\", which is the name of the trigger"
            ));
        }
        if !earlier.insert(text.to_ascii_lowercase()) {
            return Err(format!("parameterNames contains \"{text}\" more than once"));
        }
    }
    Ok(())
}
