//! What an author should know about an answer that the host takes without a word.

use super::answer::Answer;
use super::base64_rule;
use super::dates;
use crate::app::Function;
use crate::json::Json;

/// One sentence a trap. No value is shown: it may be a secret.
pub(crate) fn advice(function: &Function, answer: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    for binding in function.outputs() {
        let value = if binding.name == "$return" {
            Some(&answer.return_value)
        } else {
            answer
                .outputs
                .as_ref()
                .and_then(|outputs| outputs.get_exact(&binding.name))
        };
        let Some(value) = value else { continue };
        let name = &binding.name;
        let response = binding.is_kind("http");
        if (!response || name == "$return")
            && !binding.binary
            && let Json::String(text) = value
            && base64_rule::decoded(text).is_some()
        {
            found.push(format!("the text for {name} happens to be valid base64, so the host decodes it to bytes; base64-encode it yourself, or set \"dataType\": \"binary\" on the binding to keep it"));
        }
        if response {
            found.extend(about_response(name, value));
        }
    }
    if let Some(outputs) = &answer.outputs {
        for (name, _) in outputs.members() {
            if !function.outputs().any(|binding| binding.name == *name) {
                found.push(format!("Outputs has \"{name}\", but function.json has no output of that name (case counts); it is ignored"));
            }
        }
    }
    found
}

/// The lines of `Logs` in an answer whose status makes the host drop them.
pub(crate) fn lost_logs(body: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    match Json::first(text)
        .ok()
        .as_ref()
        .and_then(|json| json.get("Logs"))
    {
        Some(Json::Array(lines)) => lines.iter().map(Json::dotnet_text).collect(),
        _ => Vec::new(),
    }
}

fn about_response(name: &str, value: &Json) -> Vec<String> {
    let mut found = Vec::new();
    let parsed;
    let value = match value {
        Json::String(text) => match Json::first(text) {
            Ok(json) => {
                parsed = json;
                &parsed
            }
            Err(_) => return found,
        },
        other => other,
    };
    if name != "$return"
        && value.get("status").is_some()
        && value.get("statusCode").is_none_or(Json::is_null)
    {
        found.push(format!(
            "\"status\" in {name} is ignored and the answer is 200; write \"statusCode\""
        ));
    }
    let headers = value.get("headers").map(Json::members).unwrap_or_default();
    for (header, value) in headers {
        if matches!(value, Json::Array(_) | Json::Object(_)) {
            found.push(format!(
                "the header {header} in {name} is {}; only one text a header can be sent",
                value.kind()
            ));
        }
    }
    if value.get("body").is_some_and(dates::changes) {
        found.push(format!("the body in {name} holds a date, which the host writes in another form; send JSON as text inside a string"));
    }
    let code = value
        .get("statusCode")
        .map(Json::dotnet_text)
        .unwrap_or_default();
    let body = value
        .get("body")
        .is_some_and(|body| !body.is_null() && body.as_str() != Some(""));
    if matches!(code.as_str(), "204" | "304") && body {
        found.push(format!(
            "{name} has status {code} and a body, which cannot be sent together"
        ));
    }
    found
}
