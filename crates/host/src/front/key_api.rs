//! The admin API's keys (host contract, "Admin API").

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};
use sio_net::Body;

use super::{Context, status};
use crate::auth::{Change, KeyScope};
use crate::json::Json;

/// Which keys a path below `/admin/` is about, with the name of one if it has it.
pub(super) fn addressed<'a>(
    context: &Context,
    parts: &[&'a str],
) -> Option<(KeyScope, Option<&'a str>)> {
    let (scope, rest) = match parts {
        ["host", "keys" | "functionkeys", rest @ ..] => (KeyScope::Host, rest),
        ["host", "systemkeys", "_master"] => (KeyScope::Master, &["_master"][..]),
        ["host", "systemkeys", rest @ ..] => (KeyScope::System, rest),
        ["functions", name, "keys", rest @ ..] => {
            let function = context
                .app
                .functions
                .iter()
                .find(|function| function.name.eq_ignore_ascii_case(name))?;
            (KeyScope::Function(function.name.clone()), rest)
        }
        _ => return None,
    };
    match rest {
        [] => Some((scope, None)),
        [name] => Some((scope, Some(name))),
        _ => None,
    }
}

/// Answers a request about keys; `body` is that of a PUT.
pub(super) fn answer(
    context: &Context,
    method: &Method,
    scope: KeyScope,
    name: Option<&str>,
    body: &Json,
) -> Response<Body> {
    let keys = &context.keys;
    let shown = |name: &str, value: &str| json!({"name": name, "value": value});
    match (method.as_str(), name) {
        ("GET", None) => {
            let list: Vec<Value> = keys
                .of(&scope)
                .iter()
                .map(|(name, value)| shown(name, value))
                .collect();
            with_json(StatusCode::OK, &json!({"keys": list, "links": []}))
        }
        ("GET", Some(name)) => {
            let found = keys.of(&scope).into_iter();
            match found.into_iter().find(|(known, _)| known == name) {
                Some((name, value)) => with_json(StatusCode::OK, &shown(&name, &value)),
                None => status(StatusCode::NOT_FOUND),
            }
        }
        ("PUT", Some(name)) => match body.get("value").and_then(Json::as_str) {
            Some(value) if !value.is_empty() => {
                changed(name, keys.set(scope, name, Some(value.to_owned())))
            }
            _ => status(StatusCode::BAD_REQUEST),
        },
        ("POST", Some(name)) => changed(name, keys.set(scope, name, None)),
        ("DELETE", Some(name)) if keys.remove(&scope, name) => status(StatusCode::NO_CONTENT),
        _ => status(StatusCode::NOT_FOUND),
    }
}

fn changed(name: &str, (change, value): (Change, String)) -> Response<Body> {
    let code = match change {
        Change::Created => StatusCode::CREATED,
        Change::Updated => StatusCode::OK,
    };
    with_json(code, &json!({"name": name, "value": value}))
}

fn with_json(code: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(sio_net::full(value.to_string()));
    *response.status_mut() = code;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}
