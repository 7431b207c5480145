//! The admin API, as far as it helps on a developer's machine (host contract, "Admin API").
//!
//! It needs the master key where keys are asked for; otherwise every caller has its authority, as under Core Tools.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use sio_net::Body;

use super::attempts;
use super::{Context, is, key_api, refused, status};
use crate::app::Function;
use crate::auth::{Authority, KeyScope};
use crate::hop::{Call, Hop, Mode};
use crate::invocation::{Caller, Envelope, KeyClaims, for_http, for_trigger};
use crate::json::Json;
use crate::passthrough::HOST_VERSION;

/// Longest input of an invocation by hand.
const INPUT_LIMIT: usize = 1024 * 1024;

pub(crate) async fn answer(context: Arc<Context>, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().trim_matches('/').to_ascii_lowercase();
    let method = request.method().clone();
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["admin", "host", "ping"] if is(&method, &[Method::GET, Method::POST]) => {
            let mut response = status(StatusCode::OK);
            response.headers_mut().insert(
                CACHE_CONTROL,
                HeaderValue::from_static("no-store, no-cache"),
            );
            response
        }
        _ if context.authority(&request, None) != Authority::Admin => {
            refused(&context, &request, StatusCode::UNAUTHORIZED)
        }
        ["admin", "host", "status"] if method == Method::GET => host_status(&context),
        ["admin", "functions"] if method == Method::GET => json(&Value::Array(
            context
                .app
                .functions
                .iter()
                .map(|function| describe(&context, function))
                .collect(),
        )),
        ["admin", rest @ ..] if key_api::addressed(&context, rest).is_some() => {
            // Key names keep their case.
            let path = request.uri().path().trim_matches('/').to_owned();
            let parts: Vec<&str> = path.split('/').skip(1).collect();
            let lower = key_api::addressed(&context, rest);
            let (scope, name) = key_api::addressed(&context, &parts)
                .or(lower)
                .unwrap_or((KeyScope::Host, None));
            match document(request).await {
                Ok(body) => key_api::answer(&context, &method, scope, name, &body),
                Err(code) => status(code),
            }
        }
        ["admin", "functions", name, rest @ ..] => {
            let Some(index) = find(&context, name) else {
                return status(StatusCode::NOT_FOUND);
            };
            match (rest, method) {
                ([], Method::GET) => json(&describe(&context, &context.app.functions[index])),
                ([], Method::POST) => invoke(context, index, request).await,
                (["status"], Method::GET) => json(&json!({})),
                _ => status(StatusCode::NOT_FOUND),
            }
        }
        _ => status(StatusCode::NOT_FOUND),
    }
}

fn find(context: &Context, name: &str) -> Option<usize> {
    context
        .app
        .functions
        .iter()
        .position(|function| function.name.eq_ignore_ascii_case(name))
}

fn json(value: &Value) -> Response<Body> {
    let mut response = Response::new(sio_net::full(value.to_string()));
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}

fn host_status(context: &Context) -> Response<Body> {
    let problems: Vec<String> = context
        .app
        .problems
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut found = json!({
        "id": "sio-host",
        "state": context.gate.as_ref().map_or("Running", |gate| gate.state()),
        "version": HOST_VERSION,
        "versionDetails": concat!("sio host ", env!("CARGO_PKG_VERSION")),
        "instanceId": format!("{:x}", std::process::id()),
        "computerName": "localhost",
        "processUptime": u64::try_from(context.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "functionAppContentEditingState": "NotAllowed",
        "extensionBundle": null,
    });
    if !problems.is_empty() {
        found["errors"] = json!(problems);
    }
    json(&found)
}

fn describe(context: &Context, function: &Function) -> Value {
    let url = |path: &str| format!("{}{path}", context.base);
    let config = function
        .file
        .as_ref()
        .and_then(|file| std::fs::read_to_string(file).ok())
        .and_then(|text| Json::lenient(&text).ok());
    json!({
        "name": function.name,
        "script_root_path_href": url(&format!("/admin/vfs/{}/", function.name)),
        "href": url(&format!("/admin/functions/{}", function.name)),
        "invoke_url_template": function.http.as_ref().map(|http| url(&context.routes.path(&http.route))),
        "language": "custom",
        "config": config,
        "files": null,
        "isDisabled": function.disabled,
    })
}

/// The body as JSON; an empty one is null.
async fn document(request: Request<Incoming>) -> Result<Json, StatusCode> {
    let body = sio_net::limited(request.into_body(), INPUT_LIMIT)
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    match std::str::from_utf8(&body).ok().map(str::trim) {
        Some("") => Ok(Json::Null),
        Some(text) => Json::lenient(text).map_err(|_| StatusCode::BAD_REQUEST),
        None => Err(StatusCode::BAD_REQUEST),
    }
}

/// Runs a function with a text as its trigger's value; the caller does not wait for the end.
async fn invoke(context: Arc<Context>, index: usize, request: Request<Incoming>) -> Response<Body> {
    let document = match document(request).await {
        Ok(document) => document,
        Err(code) => return status(code),
    };
    let input = document
        .get("input")
        .map(Json::dotnet_text)
        .unwrap_or_default();
    tokio::spawn(async move {
        let began = Instant::now();
        let function = &context.app.functions[index];
        let call = Call::new(
            &function.name,
            Mode::Envelope,
            ("POST", ""),
            None,
            context.options.faithful,
        );
        context.hops.send(Hop::Started(call.clone()));
        let envelope = envelope(&context, function, input);
        let outcome = attempts::call(&context, function, &call, envelope).await;
        context.hops.send(Hop::Answered {
            call,
            status: if outcome.is_ok() { 200 } else { 500 },
            error: outcome.err().map(|error| error.to_string()),
            elapsed: began.elapsed(),
        });
    });
    status(StatusCode::ACCEPTED)
}

/// What the function is run with: the text as its trigger's value, for an HTTP trigger as a request's body.
fn envelope(context: &Context, function: &Function, input: String) -> Envelope {
    let now = context.clock.now();
    let Some(http) = &function.http else {
        return for_trigger(function, &input, now);
    };
    let path = context.routes.path(&http.template.literal_path());
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().unwrap_or_default();
    let host = context.base.trim_start_matches("http://");
    if let Ok(host) = HeaderValue::from_str(host) {
        request.headers_mut().insert(HOST, host);
    }
    let (parts, ()) = request.into_parts();
    let caller = Caller {
        parts: &parts,
        params: &Vec::new(),
        body: Some(Bytes::from(input)),
        easy_auth: false,
        claims: Some(KeyClaims {
            level: "Admin",
            id: None,
        }),
    };
    for_http(function, &caller, now)
}
