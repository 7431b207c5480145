//! The HTTP response that an answer stands for (host contract, "`res` – the named `http` output" and "`$return`").

use bytes::Bytes;

use super::InvocationError;
use super::answer::Answer;
use super::outputs::{Value, value};
use crate::app::Function;
use crate::json::Json;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// A response, before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl HttpAnswer {
    fn new(status: u16, content_type: Option<&str>, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: content_type.map(str::to_owned),
            headers: Vec::new(),
            body: body.into(),
        }
    }

    fn no_content() -> Self {
        Self::new(204, None, "")
    }
}

/// What the caller of an HTTP-triggered function gets.
pub(crate) fn http_answer(
    function: &Function,
    answer: &Answer,
) -> Result<HttpAnswer, InvocationError> {
    let response = chosen(function, answer)?;
    if matches!(response.status, 204 | 304) && !response.body.is_empty() {
        return Err(InvocationError::Response(format!(
            "a {} cannot have a body",
            response.status
        )));
    }
    Ok(response)
}

fn chosen(function: &Function, answer: &Answer) -> Result<HttpAnswer, InvocationError> {
    if let Some(binding) = function
        .return_binding()
        .filter(|binding| binding.is_kind("http"))
    {
        return match value(binding, function, answer) {
            None => Ok(HttpAnswer::no_content()),
            Some(value) => raw(&value),
        };
    }
    if let Some(binding) = function.outputs().find(|binding| binding.is_kind("http")) {
        // A member of a returned object takes the way of `$return`, so `status` counts there. A type that is
        // not spelt "http" letter for letter is no HTTP response to the handler's side of the host, but is one here.
        let returned = function.return_binding().is_none()
            && answer.return_value.get_exact(&binding.name).is_some();
        if returned || binding.kind != "http" {
            if let Some(value) = value(binding, function, answer) {
                return raw(&value);
            }
        } else if let Some(outputs) = &answer.outputs {
            return match outputs.get_exact(&binding.name) {
                Some(value) => res(value),
                // The response object with nothing in it, printed.
                None => Ok(HttpAnswer::new(200, Some(TEXT), "{}")),
            };
        }
    }
    Ok(triggers_return(&answer.return_value))
}

/// The HTTP trigger's own way with a return value.
fn triggers_return(value: &Json) -> HttpAnswer {
    match value {
        Json::Null => HttpAnswer::no_content(),
        Json::String(text) => HttpAnswer::new(200, Some(TEXT), text.clone()),
        other => HttpAnswer::new(200, Some(JSON), other.compact()),
    }
}

fn wrong(what: impl Into<String>) -> InvocationError {
    InvocationError::Response(what.into())
}

/// A named `http` output: four members, `status` not among those that count.
fn res(value: &Json) -> Result<HttpAnswer, InvocationError> {
    let parsed;
    let object = match value {
        Json::String(text) => {
            parsed = Json::first(text).map_err(|_| wrong("the text is not JSON"))?;
            &parsed
        }
        other => other,
    };
    if !matches!(object, Json::Object(_)) {
        return Err(wrong(format!(
            "expected an object, found {}",
            object.kind()
        )));
    }
    let status = match object.get("statusCode") {
        Some(Json::Array(_) | Json::Object(_)) => {
            return Err(wrong("statusCode must be a number or a string"));
        }
        Some(code) => code.dotnet_text().trim().parse().unwrap_or(200),
        None => 200,
    };
    let body = object.get("body").unwrap_or(&Json::Null).dotnet_text();
    with_headers(HttpAnswer::new(status, Some(TEXT), body), object)
}

/// A value without a response object around it, or with one of the other kind.
fn raw(value: &Value) -> Result<HttpAnswer, InvocationError> {
    let value = match value {
        Value::Bytes(bytes) => return Ok(HttpAnswer::new(200, None, bytes.clone())),
        Value::Json(value) => value,
    };
    let parsed;
    let value = match value {
        Json::String(text) => match Json::lenient(text) {
            Ok(json) => {
                parsed = json;
                &parsed
            }
            Err(_) => return Ok(HttpAnswer::new(200, Some(TEXT), text.clone())),
        },
        other => other,
    };
    let Some(body) = value.get("body") else {
        return Ok(HttpAnswer::new(200, Some(TEXT), value.dotnet_text()));
    };
    let code = value.get("statusCode").or_else(|| value.get("status"));
    let status = match code {
        Some(Json::Number(_) | Json::String(_)) => code
            .and_then(|code| code.dotnet_text().trim().parse().ok())
            .unwrap_or(200),
        _ => 200,
    };
    let body = match body {
        Json::Object(_) => body.compact(),
        // The name of a .NET type: nobody's intention, but that is what comes.
        Json::Array(_) => "System.Object[]".to_owned(),
        scalar => scalar.dotnet_text(),
    };
    with_headers(HttpAnswer::new(status, Some(TEXT), body), value)
}

/// Takes over the headers of a response object.
fn with_headers(mut answer: HttpAnswer, object: &Json) -> Result<HttpAnswer, InvocationError> {
    let headers = match object.get("headers") {
        None | Some(Json::Null) => return Ok(answer),
        Some(headers @ Json::Object(_)) => headers,
        Some(other) => {
            return Err(wrong(format!(
                "headers must be an object, found {}",
                other.kind()
            )));
        }
    };
    for (name, value) in headers.members() {
        if value.is_null() {
            return Err(wrong(format!("the header {name} is null")));
        }
        let text = value.dotnet_text();
        if text.contains(['\r', '\n']) || matches!(value, Json::Array(_) | Json::Object(_)) {
            return Err(wrong(format!(
                "the header {name} is {}, which cannot be sent",
                value.kind()
            )));
        }
        if name.eq_ignore_ascii_case("content-type") {
            answer.content_type = Some(with_charset(&text));
        } else if !answer
            .headers
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            answer.headers.push((name.clone(), text));
        }
    }
    Ok(answer)
}

/// Text goes out as UTF-8, and the host says so.
fn with_charset(content_type: &str) -> String {
    if content_type.to_ascii_lowercase().contains("charset=") {
        content_type.to_owned()
    } else {
        format!("{content_type}; charset=utf-8")
    }
}
