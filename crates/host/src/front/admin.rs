//! The management API, as far as it helps on a developer's machine (docs/contracts/functions-host.md, "Admin API").

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, PRAGMA};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use sio_net::Body;

use super::attempts;
use super::context::Context;
use super::plan::Admin;
use super::response::{empty, with_type};
use super::running::Running;
use crate::app::Function;
use crate::invocation::charset::{self, UnreadableJson};
use crate::invocation::header_names::Names;
use crate::invocation::{
    BindingData, Caller, Envelope, KeyClaims, for_http, for_message, for_timer,
};
use crate::json::Json;
use crate::passthrough::HOST_VERSION;
use crate::timer::by_hand;

/// Longest input of an invocation by hand.
const INPUT_LIMIT: usize = 1024 * 1024;

pub(super) async fn answer(
    context: Arc<Context>,
    admin: Admin,
    head: &Parts,
    body: Incoming,
) -> Response<Body> {
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
        Admin::Run(index) => match input(head.headers.get(CONTENT_TYPE), body).await {
            Ok(input) => {
                tokio::spawn(run(context, index, input, head.headers.clone()));
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

/// The text for a function that is run by hand: `{"input": …}`, and nothing deeper.
async fn input(
    content_type: Option<&HeaderValue>,
    body: Incoming,
) -> Result<Option<String>, StatusCode> {
    let kind = content_type
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let media = kind.split(';').next().unwrap_or_default().trim();
    let media = media.to_ascii_lowercase();
    if media != "application/json" && media != "text/json" && !media.ends_with("+json") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let body = sio_net::limited(body, INPUT_LIMIT)
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let text = charset::json(kind, &body).map_err(|problem| match problem {
        UnreadableJson::Charset => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        // ASP.NET does not count it among the faults of a body.
        UnreadableJson::Bytes => StatusCode::INTERNAL_SERVER_ERROR,
    })?;
    let document = Json::lenient(&text).map_err(|_| StatusCode::BAD_REQUEST)?;
    if !matches!(document, Json::Object(_)) {
        return Err(StatusCode::BAD_REQUEST);
    }
    match document.get("input") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Array(_) | Json::Object(_)) => Err(StatusCode::BAD_REQUEST),
        Some(scalar) => Ok(Some(scalar.dotnet_text())),
    }
}

/// Runs a function with a text as its trigger's value, within the caller's trace; the caller does not wait for the end.
async fn run(context: Arc<Context>, index: usize, input: Option<String>, caller: HeaderMap) {
    let function = &context.app.functions[index];
    let (running, call) = Running::start(&context, function, "", Some(&caller));
    let envelope = envelope(&context, function, input);
    let outcome = attempts::call(&context, function, &call, envelope).await;
    running.end_with(outcome.err().map(|error| error.to_string()));
}

/// What the function is run with: the text as its trigger's value, for an HTTP trigger as a request's body.
fn envelope(context: &Context, function: &Function, input: Option<String>) -> Envelope {
    let now = context.config.clock.now();
    if let Some(timer) = &function.timer {
        let value = by_hand(&function.name, timer, &context.statuses, now);
        return for_timer(function, &value, input.as_deref(), now);
    }
    let input = input.unwrap_or_default();
    let Some(http) = &function.http else {
        return for_message(function, input.as_bytes(), BindingData::default(), now);
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
        names: Names::default(),
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
