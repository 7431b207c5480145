//! Values for output bindings (docs/contracts/functions-host.md, "Mapping of outputs").

use super::answer::Answer;
use super::base64_rule;
use crate::app::{Binding, Function};
use crate::json::Json;

/// What a binding receives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Json(Json),
    Bytes(Vec<u8>),
}

impl Value {
    /// How long it is, roughly as sent.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Json(Json::String(text)) => text.len(),
            Self::Json(other) => other.compact().len(),
        }
    }
}

/// The values of all outputs that are not HTTP responses.
pub(crate) fn outputs<'a>(function: &'a Function, answer: &Answer) -> Vec<(&'a Binding, Value)> {
    function
        .outputs()
        .filter(|binding| !binding.is_kind("http"))
        .filter_map(|binding| Some((binding, value(binding, function, answer)?)))
        .collect()
}

/// The value of one output; `None` if it is null or absent.
pub(crate) fn value(binding: &Binding, function: &Function, answer: &Answer) -> Option<Value> {
    if binding.name == "$return" {
        return received(binding, &answer.return_value);
    }
    // Without a `$return` binding the members of a returned object are outputs too, and win, as they are.
    if function.return_binding().is_none()
        && let Some(returned) = answer.return_value.get_exact(&binding.name)
    {
        return (!returned.is_null()).then(|| Value::Json(returned.clone()));
    }
    received(binding, answer.outputs.as_ref()?.get_exact(&binding.name)?)
}

fn received(binding: &Binding, value: &Json) -> Option<Value> {
    match value {
        Json::Null => None,
        Json::String(text) if !binding.binary => Some(match base64_rule::decoded(text) {
            Some(bytes) => Value::Bytes(bytes),
            None => Value::Json(value.clone()),
        }),
        other => Some(Value::Json(other.clone())),
    }
}
