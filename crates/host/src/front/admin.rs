//! The management API, as far as it helps on a developer's machine (docs/contracts/functions-host.md, "Admin API").

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, HOST, PRAGMA};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use sio_net::Body;

use super::attempts;
use super::context::Context;
use super::plan::Admin;
use super::response::{empty, with_type};
use super::running::Running;
use crate::app::Function;
use crate::invocation::{Caller, Envelope, KeyClaims, for_http, for_trigger};
use crate::json::Json;
use crate::passthrough::HOST_VERSION;

/// Longest input of an invocation by hand.
const INPUT_LIMIT: usize = 1024 * 1024;

pub(super) async fn answer(context: Arc<Context>, admin: Admin, body: Incoming) -> Response<Body> {
    let functions = &context.app.functions;
    match admin {
        Admin::Ping => {
            let mut response = empty(StatusCode::OK);
            let headers = response.headers_mut();
            let never = HeaderValue::from_static("no-store,no-cache");
            headers.insert(CACHE_CONTROL, never);
            headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
            response
        }
        Admin::Warmup => empty(StatusCode::OK),
        Admin::Status => json(&host_status(&context)),
        Admin::Functions => {
            let all = functions
                .iter()
                .map(|function| describe(&context, function));
            json(&all.collect())
        }
        Admin::Function(index) => json(&describe(&context, &functions[index])),
        Admin::FunctionStatus => json(&json!({})),
        Admin::Run(index) => match input(body).await {
            Ok(input) => {
                tokio::spawn(run(context, index, input));
                empty(StatusCode::ACCEPTED)
            }
            Err(code) => empty(code),
        },
    }
}

fn json(value: &Value) -> Response<Body> {
    let text = sio_net::full(value.to_string());
    with_type("application/json; charset=utf-8", text)
}

fn host_status(context: &Context) -> Value {
    let problems = context.app.problems.iter();
    let problems: Vec<String> = problems.map(ToString::to_string).collect();
    let mut found = json!({
        "id": "sio-host",
        "state": context.gate.as_ref().map_or("Running", |gate| gate.state()),
        "version": HOST_VERSION,
        "versionDetails": concat!("sio host ", env!("CARGO_PKG_VERSION")),
        "processUptime": u64::try_from(context.started.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    if !problems.is_empty() {
        found["errors"] = json!(problems);
    }
    found
}

fn describe(context: &Context, function: &Function) -> Value {
    let url = |path: &str| format!("{}{path}", context.base);
    json!({
        "name": function.name,
        "href": url(&format!("/admin/functions/{}", function.name)),
        "invoke_url_template": function.http.as_ref().map(|http| url(&http.path())),
        "language": "custom",
        "isDisabled": function.disabled,
    })
}

/// The member `input` of a body, as text.
async fn input(body: Incoming) -> Result<String, StatusCode> {
    let body = sio_net::limited(body, INPUT_LIMIT)
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let document = match std::str::from_utf8(&body).ok().map(str::trim) {
        Some("") => Json::Null,
        Some(text) => Json::lenient(text).map_err(|_| StatusCode::BAD_REQUEST)?,
        None => return Err(StatusCode::BAD_REQUEST),
    };
    let input = document.get("input").map(Json::dotnet_text);
    Ok(input.unwrap_or_default())
}

/// Runs a function with a text as its trigger's value; the caller does not wait for the end.
async fn run(context: Arc<Context>, index: usize, input: String) {
    let function = &context.app.functions[index];
    let (running, call) = Running::start(&context, function, "", None);
    let envelope = envelope(&context, function, input);
    let outcome = attempts::call(&context, function, &call, envelope).await;
    running.end_with(outcome.err().map(|error| error.to_string()));
}

/// What the function is run with: the text as its trigger's value, for an HTTP trigger as a request's body.
fn envelope(context: &Context, function: &Function, input: String) -> Envelope {
    let now = context.config.clock.now();
    let Some(http) = &function.http else {
        return for_trigger(function, &input, now);
    };
    let path = format!("/{}", http.template.literal_path());
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
