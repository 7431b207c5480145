//! Running a function for an HTTP request, in the mode that host.json asks for.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_net::{Body, LimitError};

use super::attempts;
use super::context::Context;
use super::outcome::{Failed, Outcome, failed};
use super::plan::Invocation;
use super::running::Running;
use super::{page, passed, reload};
use crate::app::Function;
use crate::auth::Authority;
use crate::call::{Call, Mode};
use crate::invocation::{
    Caller, HttpAnswer, InvocationError, KeyClaims, for_http, header_names, http_answer,
};

/// Runs a function for a request.
pub(super) async fn http(
    context: Arc<Context>,
    invocation: Invocation,
    request: Request<Incoming>,
) -> Response<Body> {
    let arrived = Instant::now();
    let call = Call::new(
        &context.app.functions[invocation.function],
        invocation.mode,
        (request.method().as_str(), request.uri().path()),
        Some(request.headers()),
    );
    let running = Running::for_caller(&context, call.clone(), arrived);
    let html = request.method() != http::Method::HEAD;
    let limit = context.app.settings.body_limit;
    let too_long = announced_length(request.headers()).is_some_and(|length| length > limit as u64);
    let outcome = if too_long {
        let error = format!("the body is longer than {limit} bytes");
        Err(Failed::new(StatusCode::PAYLOAD_TOO_LARGE, error))
    } else if invocation.mode == Mode::Proxied {
        // The caller's leaving ends a proxied request; nothing needs to go on without it.
        let function = &context.app.functions[invocation.function];
        passed::proxied(&context, function, &call, request).await
    } else {
        buffered(&context, invocation, &call, request).await
    };
    let (response, error) = match outcome {
        Ok(response) => (response, None),
        Err(failed) => (failed.response, Some(failed.why)),
    };
    running.end(response.status().as_u16(), error);
    let client = context.config.client_script.is_some();
    let version = context.config.reload.as_ref();
    if html && (client || version.is_some()) {
        let tag = version.map(|version| reload::tag(*version.borrow()));
        return page::adapted(response, client, tag.as_deref()).await;
    }
    response
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// Forwarding and envelope: the body is read first, and the invocation goes on even if its caller leaves.
async fn buffered(
    context: &Arc<Context>,
    invocation: Invocation,
    call: &Call,
    request: Request<Incoming>,
) -> Outcome {
    let (parts, body) = request.into_parts();
    let body = match announced_length(&parts.headers) {
        Some(length) if length > 0 => {
            match sio_net::limited(body, context.app.settings.body_limit).await {
                Ok(body) => Some(body),
                Err(error @ LimitError::TooLong(_)) => {
                    return Err(Failed::new(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        error.to_string(),
                    ));
                }
                Err(error) => return Err(Failed::new(StatusCode::BAD_REQUEST, error.to_string())),
            }
        }
        _ => {
            if parts.headers.contains_key(TRANSFER_ENCODING) && call.mode == Mode::Forwarded {
                return Err(Failed::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the request's body came in chunks, without Content-Length; the Functions host can't forward such a request, and answers 500. \
                     With customHandler.enableProxyingHttpRequest in host.json it would arrive",
                ));
            }
            if parts.headers.contains_key(TRANSFER_ENCODING) {
                context.warn(format!(
                    "{}: the request's body came in chunks, without Content-Length, so the Functions host drops it. \
                     With customHandler.enableProxyingHttpRequest in host.json it would arrive",
                    call.function
                ));
            }
            None
        }
    };
    let (context, call) = (context.clone(), call.clone());
    let running = tokio::spawn(async move {
        match call.mode {
            Mode::Forwarded => {
                let function = &context.app.functions[invocation.function];
                passed::forwarded(&context, function, &call, &parts, body).await
            }
            _ => enveloped(&context, &invocation, &call, &parts, body).await,
        }
    });
    match running.await {
        Ok(outcome) => outcome,
        Err(error) => Err(failed(&error)),
    }
}

async fn enveloped(
    context: &Context,
    invocation: &Invocation,
    call: &Call,
    parts: &Parts,
    body: Option<Bytes>,
) -> Outcome {
    let function = &context.app.functions[invocation.function];
    let caller = Caller {
        parts,
        names: header_names::written(parts).await,
        params: &invocation.params,
        body,
        easy_auth: context.app.settings.easy_auth,
        claims: claims(context, function, &invocation.authority),
    };
    let envelope = for_http(function, &caller, context.config.clock.now());
    let answer = attempts::call(context, function, call, envelope)
        .await
        .map_err(|error| failed(&error))?;
    match http_answer(function, &answer) {
        Ok(answer) => response(answer),
        Err(InvocationError::Header { before, what }) => Err(Box::new(Failed {
            response: response(*before)?,
            why: what,
        })),
        Err(error) => Err(failed(&error)),
    }
}

/// What the handler is told of the caller's key. Without keys every caller of a function that asks for one has the
/// authority of the master key, as under Core Tools.
fn claims(context: &Context, function: &Function, authority: &Authority) -> Option<KeyClaims> {
    let anonymous = function
        .http
        .as_ref()
        .is_some_and(|http| http.level == "anonymous");
    if !context.access.is_checked() {
        return (!anonymous).then_some(KeyClaims {
            level: "Admin",
            id: None,
        });
    }
    let (level, id) = authority.claims()?;
    Some(KeyClaims {
        level,
        id: Some(id.to_owned()),
    })
}

fn response(answer: HttpAnswer) -> Outcome {
    let code = StatusCode::from_u16(answer.status)
        .ok()
        .filter(|code| code.as_u16() >= 200)
        .ok_or_else(|| {
            Failed::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("{} is not the status of a final answer", answer.status),
            )
        })?;
    let mut headers = HeaderMap::new();
    if let Err(why) = set_headers(&mut headers, answer.headers, answer.content_type) {
        let mut failed = Failed::new(StatusCode::INTERNAL_SERVER_ERROR, why);
        *failed.response.headers_mut() = headers;
        return Err(failed);
    }
    let mut response = Response::new(sio_net::full(answer.body));
    *response.status_mut() = code;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Sets headers up to the first one that can't be sent.
fn set_headers(
    headers: &mut HeaderMap,
    wanted: Vec<(String, String)>,
    content_type: Option<String>,
) -> Result<(), String> {
    for (name, value) in wanted {
        // How the message is framed is the server's business.
        if name.eq_ignore_ascii_case("content-length")
            || name.eq_ignore_ascii_case("transfer-encoding")
        {
            continue;
        }
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("{name} is not a header name"))?;
        let value = HeaderValue::from_str(&value)
            .map_err(|_| format!("the value of the header {name} cannot be sent"))?;
        headers.insert(name, value);
    }
    if let Some(content_type) = content_type {
        let value = HeaderValue::from_str(&content_type)
            .map_err(|_| "the content type cannot be sent".to_owned())?;
        headers.insert(CONTENT_TYPE, value);
    }
    Ok(())
}
