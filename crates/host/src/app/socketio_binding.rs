//! What the Socket.IO extension refuses of a binding (docs/contracts/socketio-extension.md, "Trigger properties").

use super::bindings::Binding;
use crate::json::Json;

/// Why a function with a trigger of this extension is not loaded.
#[derive(Debug)]
pub(super) struct Problem {
    /// The member of the binding that is wrong.
    pub(super) property: &'static str,
    pub(super) found: String,
    pub(super) hint: &'static str,
}

/// What the extension refuses when it looks a function over (docs/contracts/socketio-extension.md, "Trigger properties"
/// and "Parameter names"). Bindings of other types pass.
pub(super) fn check(binding: &Binding) -> Result<(), Problem> {
    if !binding.is_kind("socketiotrigger") {
        return Ok(());
    }
    for (property, hint) in [
        (
            "hub",
            "add \"hub\": \"…\" to the binding; empty text stands for WebPubSubForSocketIOHub",
        ),
        (
            "eventName",
            "add \"eventName\": \"…\" to the binding, as in \"connect\" or \"message\"",
        ),
    ] {
        if !matches!(binding.properties.get(property), Some(Json::String(_))) {
            return Err(Problem {
                property: "socketiotrigger",
                found: format!(
                    "Can't figure out which ctor to call: the socketiotrigger has no {property}"
                ),
                hint,
            });
        }
    }
    let wrong = |found| Problem {
        property: "parameterNames",
        found,
        hint: "write a list of names, each argument's its own",
    };
    let names = match binding.properties.get("parameterNames") {
        Some(Json::Array(names)) => names.as_slice(),
        None | Some(Json::Null) => &[],
        Some(other) => {
            return Err(wrong(format!("parameterNames is {}", other.kind())));
        }
    };
    for (index, name) in names.iter().enumerate() {
        let Some(text) = name.as_str() else {
            return Err(wrong(format!("parameterNames has {} in it", name.kind())));
        };
        let same = |other: &str| other.eq_ignore_ascii_case(text);
        let mut earlier = names[..index].iter().filter_map(Json::as_str);
        if same(&binding.name) || earlier.any(same) {
            return Err(wrong(format!(
                "parameterNames has \"{text}\" twice, or it is the name of the trigger"
            )));
        }
    }
    Ok(())
}
