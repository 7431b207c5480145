//! The webhooks of extensions; the only one is that of Socket.IO (extension contract, "Processing order").

use std::sync::Arc;
use std::time::Instant;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_net::{Body, LimitError};

use super::attempts;
use super::throttle::Place;
use super::{Context, is, refused, status, unrouted, with_type};
use crate::auth::Authority;
use crate::hop::{Call, Hop, Mode};
use crate::invocation::{Answer, InvocationError, canonical, dates, for_value};
use crate::json::Json;
use crate::socketio::{
    Asked, Delivery, EmptyOrigin, Event, Extension, Refused, Reply, Trigger, allowed_origin,
    binding_data, reply,
};

/// Below it, an extension's name.
pub(super) const PREFIX: &str = "/runtime/webhooks/";

const DATES: &str = "an argument of the event looks like a date; in Azure the extension writes dates in parameters in another form (the payload stays as it is)";
const UNANSWERED: &str = "a failed function for connect, or for an event with an acknowledgement, is never answered in Azure: the client waits until the service gives up. Here the answer is 500. Return {\"statusCode\":…} instead of failing";

pub(super) async fn answer(context: Arc<Context>, request: Request<Incoming>) -> Response<Body> {
    let rest = request.uri().path().get(PREFIX.len()..).unwrap_or_default();
    let name = rest.split('/').next().unwrap_or_default();
    let verbs = [
        Method::GET,
        Method::PUT,
        Method::POST,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let known = name.eq_ignore_ascii_case("socketio") && is(request.method(), &verbs);
    if let Some(code) = unauthorised(&context, &request, name) {
        return refused(&context, &request, code);
    }
    if !known || context.socket_io.is_none() {
        return unrouted(&context, &request);
    }
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    match event(context.clone(), request).await {
        Ok(response) => response,
        Err(Rejection { code, reason, text }) => {
            let level = if code.is_server_error() {
                Hop::Error
            } else {
                Hop::Warning
            };
            context.hops.send(level(format!(
                "the Socket.IO extension answers {} to {method} {path}: {reason}",
                code.as_u16()
            )));
            plain(Reply { status: code, text })
        }
    }
}

/// The status for a caller without the extension's system key or the master key (host contract, "Extension webhooks").
fn unauthorised(
    context: &Context,
    request: &Request<Incoming>,
    extension: &str,
) -> Option<StatusCode> {
    match context.authority(request, None) {
        Authority::Admin => None,
        Authority::System(name) if name.eq_ignore_ascii_case(&format!("{extension}_extension")) => {
            None
        }
        Authority::System(_) | Authority::Function(_) => Some(StatusCode::FORBIDDEN),
        Authority::None => Some(StatusCode::UNAUTHORIZED),
    }
}

/// A request that reaches no function.
struct Rejection {
    code: StatusCode,
    reason: String,
    /// Sent to the caller.
    text: Option<String>,
}

fn rejected(code: StatusCode, reason: impl Into<String>) -> Rejection {
    Rejection {
        code,
        reason: reason.into(),
        text: None,
    }
}

fn plain(reply: Reply) -> Response<Body> {
    let mut response = match reply.text {
        Some(text) => with_type("text/plain; charset=utf-8", sio_net::full(text)),
        None => status(StatusCode::OK),
    };
    *response.status_mut() = reply.status;
    response
}

async fn event(
    context: Arc<Context>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Rejection> {
    let extension = context
        .socket_io
        .as_ref()
        .ok_or_else(|| rejected(StatusCode::NOT_FOUND, "there is no such extension"))?;
    let host = extension.connection().endpoint().host();
    if is(request.method(), &[Method::OPTIONS, Method::GET]) {
        return protection(extension, request.headers());
    }
    let (parts, body) = request.into_parts();
    let delivery = Delivery::read(&parts.headers, headers(&parts.headers))
        .map_err(|problem| rejected(StatusCode::BAD_REQUEST, problem.to_string()))?;
    let Some(trigger) = extension.find(&delivery.key) else {
        let known: Vec<String> = extension
            .triggers()
            .iter()
            .map(|trigger| trigger.key.to_string())
            .collect();
        let known = if known.is_empty() {
            "there are no Socket.IO triggers".to_owned()
        } else {
            format!("functions wait for: {}", known.join("; "))
        };
        return Err(rejected(
            StatusCode::NOT_FOUND,
            format!(
                "no function waits for {}. {known}. An event that no function wants is left out of the hub's event handler in the service",
                delivery.key
            ),
        ));
    };
    match delivery.is_trusted(extension.connection()) {
        Ok(true) => {}
        Ok(false) => {
            return Err(rejected(
                StatusCode::UNAUTHORIZED,
                format!(
                    "WebHook-Request-Origin must be {host} (found \"{}\") and ce-signature must be made with the access key of the connection string",
                    delivery.origin
                ),
            ));
        }
        Err(EmptyOrigin) => {
            return Err(rejected(
                StatusCode::INTERNAL_SERVER_ERROR,
                "WebHook-Request-Origin is empty",
            ));
        }
    }
    if parts.method != Method::POST {
        return Err(rejected(StatusCode::BAD_REQUEST, "events are posted"));
    }
    let body = match sio_net::limited(body, context.options.body_limit).await {
        Ok(body) => body,
        Err(error @ LimitError::TooLong(_)) => {
            return Err(rejected(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()));
        }
        Err(error) => return Err(rejected(StatusCode::BAD_REQUEST, error.to_string())),
    };
    let content_type = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let event = Event::read(&delivery, content_type, &body, context.options.faithful).map_err(
        |refused| match refused {
            Refused::MediaType(text) => Rejection {
                text: Some(text.clone()),
                ..rejected(StatusCode::BAD_REQUEST, text)
            },
            Refused::Unreadable(reason) => rejected(StatusCode::INTERNAL_SERVER_ERROR, reason),
        },
    )?;
    let call = Call::new(
        &context.app.functions[trigger.function].name,
        Mode::Envelope,
        ("POST", parts.uri.path()),
        Some(&parts.headers),
        context.options.faithful,
    );
    let place = parts.extensions.get::<Place>().cloned();
    let known = (delivery, event);
    Ok(run(context.clone(), trigger.clone(), known, call, place).await)
}

/// The service asks whether it may post here.
fn protection(extension: &Extension, headers: &HeaderMap) -> Result<Response<Body>, Rejection> {
    let host = extension.connection().endpoint().host();
    match allowed_origin(headers, extension.connection()) {
        Err(problem) => Err(rejected(
            StatusCode::INTERNAL_SERVER_ERROR,
            problem.to_string(),
        )),
        Ok(None) => Err(rejected(
            StatusCode::BAD_REQUEST,
            format!(
                "WebHook-Request-Origin does not name {host}, the host of the connection string"
            ),
        )),
        Ok(Some(origin)) => {
            let mut response = status(StatusCode::OK);
            if let Ok(origin) = HeaderValue::from_str(&origin) {
                response
                    .headers_mut()
                    .insert("webhook-allowed-origin", origin);
            }
            Ok(response)
        }
    }
}

/// Every header as functions see it: name to list of values.
fn headers(map: &HeaderMap) -> Json {
    let lines = |name| {
        let values = map.get_all(name).iter();
        values
            .map(|value| Json::text(String::from_utf8_lossy(value.as_bytes())))
            .collect()
    };
    Json::Object(
        map.keys()
            .map(|name| (canonical(name).to_owned(), Json::Array(lines(name))))
            .collect(),
    )
}

/// Runs the function and waits for its end, whatever kind of event it is.
async fn run(
    context: Arc<Context>,
    trigger: Trigger,
    (delivery, event): (Delivery, Event),
    call: Call,
    place: Option<Place>,
) -> Response<Body> {
    let began = Instant::now();
    let function = &context.app.functions[trigger.function];
    context.hops.send(Hop::Started(call.clone()));
    if !context.options.faithful {
        warn_of_dates(&context, &function.name, &event);
    }
    let ack = match &event {
        Event::Message { ack, .. } => *ack,
        _ => None,
    };
    let asked = match (&event, ack) {
        (Event::Connect { .. }, _) => Some(Asked::Connect),
        (_, Some(id)) => Some(Asked::Ack {
            namespace: &delivery.key.namespace,
            id,
        }),
        _ => None,
    };
    let request = event.request(&delivery);
    let data = binding_data(&trigger, &delivery, &event, &request);
    // The function runs to its end even if the service leaves.
    let running = tokio::spawn({
        let (context, call) = (context.clone(), call.clone());
        async move {
            let function = &context.app.functions[trigger.function];
            let data = data.map_err(InvocationError::Trigger)?;
            let text = request.indented();
            let envelope = for_value(function, &text, data, context.clock.now());
            let outcome = attempts::call(&context, function, &call, envelope).await;
            drop(place);
            outcome
        }
    });
    let outcome = match running.await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let declared = function.return_binding().is_some();
    let (reply, error) = outcome_of(asked, outcome, declared, context.options.faithful);
    if reply.is_none() && !context.options.faithful {
        context
            .hops
            .send(Hop::Error(format!("{}: {UNANSWERED}", function.name)));
    }
    let never = reply.is_none() && context.options.faithful;
    let reply = reply.unwrap_or_else(|| Reply::error("the function failed"));
    let hop = Hop::Answered {
        call,
        status: reply.status.as_u16(),
        error: error.or_else(|| {
            let failed = reply.status.is_server_error();
            reply.text.clone().filter(|_| failed)
        }),
        elapsed: began.elapsed(),
    };
    context.hops.send(hop);
    if never {
        // Until the service leaves, or the host stops.
        context.stop.cancelled().await;
    }
    plain(reply)
}

/// The answer, if there is one, and what went wrong.
///
/// Unconfirmed: a function with a `$return` binding of its own keeps its return value from the trigger, which is then
/// never answered.
fn outcome_of(
    asked: Option<Asked<'_>>,
    outcome: Result<Answer, String>,
    declared: bool,
    faithful: bool,
) -> (Option<Reply>, Option<String>) {
    let ok = Reply::of(StatusCode::OK);
    match (asked, outcome) {
        // Whatever became of the function.
        (None, outcome) => (Some(ok), outcome.err()),
        (Some(_), Err(error)) => (None, Some(error)),
        (Some(_), Ok(_)) if declared => (
            None,
            Some("the $return binding takes the return value, so the trigger gets none".to_owned()),
        ),
        (Some(asked), Ok(answer)) => (Some(reply(asked, &answer.return_value, faithful)), None),
    }
}

fn warn_of_dates(context: &Context, function: &str, event: &Event) {
    let Event::Message {
        parameters: Some(arguments),
        ..
    } = event
    else {
        return;
    };
    let new = || {
        let extension = context.socket_io.as_ref();
        extension.is_some_and(|extension| extension.is_new(function, DATES))
    };
    if arguments.iter().any(dates::changes) && new() {
        context
            .hops
            .send(Hop::Warning(format!("{function}: {DATES}")));
    }
}
