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
use super::outcome::{Outcome, failed};
use super::{page, passed, status};
use crate::app::Function;
use crate::auth::Authority;
use crate::hop::{Call, Hop, Mode};
use crate::invocation::{Caller, HttpAnswer, KeyClaims, for_http, http_answer};
use crate::routing::Params;

/// Runs the function at an index for a request.
pub(super) async fn http(
    context: Arc<Context>,
    index: usize,
    params: Params,
    authority: Authority,
    request: Request<Incoming>,
) -> Response<Body> {
    let arrived = Instant::now();
    let function = &context.app.functions[index];
    let mode = match (
        function.is_plain_http(),
        context.options.proxying,
        context.options.forwarding,
    ) {
        (true, true, _) => Mode::Proxied,
        (true, false, true) => Mode::Forwarded,
        _ => Mode::Envelope,
    };
    let call = Call::new(
        &function.name,
        mode,
        (request.method().as_str(), request.uri().path()),
        Some(request.headers()),
        context.options.faithful,
    );
    if announced_length(request.headers())
        .is_some_and(|length| length > context.options.body_limit as u64)
    {
        let error = format!(
            "the body is longer than {} bytes",
            context.options.body_limit
        );
        answered(
            &context,
            call,
            StatusCode::PAYLOAD_TOO_LARGE.as_u16(),
            Some(error),
            arrived,
        );
        return status(StatusCode::PAYLOAD_TOO_LARGE);
    }
    context.hops.send(Hop::Started(call.clone()));
    let open = Open {
        context: context.clone(),
        call: Some(call.clone()),
        arrived,
    };
    let html = request.method() != http::Method::HEAD;
    let outcome = match mode {
        // The caller's leaving ends a proxied request; nothing needs to go on without it.
        Mode::Proxied => passed::proxied(&context, function, &call, request).await,
        Mode::Forwarded | Mode::Envelope => {
            buffered(&context, index, &call, (params, authority), request).await
        }
    };
    let (response, error) = match outcome {
        Ok(response) => (response, None),
        Err((code, error)) => (status(code), Some(error)),
    };
    open.answered(response.status(), error);
    let client = context.options.client_script.is_some();
    if html && (client || context.options.reload.is_some()) {
        let version = context.options.reload.as_ref();
        let tag = version.map(|version| super::reload::tag(*version.borrow()));
        return page::adapted(response, client, tag.as_deref()).await;
    }
    response
}

/// An invocation whose caller waits.
struct Open {
    context: Arc<Context>,
    call: Option<Call>,
    arrived: Instant,
}

impl Open {
    fn answered(mut self, status: StatusCode, error: Option<String>) {
        if let Some(call) = self.call.take() {
            answered(&self.context, call, status.as_u16(), error, self.arrived);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Dropped without an answer: the server noticed that nobody waits for it.
        if let Some(call) = self.call.take() {
            let error = Some("the caller left".to_owned());
            answered(&self.context, call, CALLER_LEFT, error, self.arrived);
        }
    }
}

/// The status in the timeline for an answer that nobody got; it is never sent.
const CALLER_LEFT: u16 = 499;

fn answered(context: &Context, call: Call, status: u16, error: Option<String>, arrived: Instant) {
    context.hops.send(Hop::Answered {
        call,
        status,
        error,
        elapsed: arrived.elapsed(),
    });
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
    index: usize,
    call: &Call,
    (params, authority): (Params, Authority),
    request: Request<Incoming>,
) -> Outcome {
    let (parts, body) = request.into_parts();
    let body = match announced_length(&parts.headers) {
        Some(length) if length > 0 => {
            match sio_net::limited(body, context.options.body_limit).await {
                Ok(body) => Some(body),
                Err(error @ LimitError::TooLong(_)) => {
                    return Err((StatusCode::PAYLOAD_TOO_LARGE, error.to_string()));
                }
                Err(error) => return Err((StatusCode::BAD_REQUEST, error.to_string())),
            }
        }
        _ => {
            if parts.headers.contains_key(TRANSFER_ENCODING) {
                context.hops.send(Hop::Warning(format!(
                    "{}: the request's body came in chunks, without Content-Length, so the Functions host drops it. \
                     With customHandler.enableProxyingHttpRequest in host.json it would arrive",
                    call.function
                )));
            }
            None
        }
    };
    let (context, call) = (context.clone(), call.clone());
    let running = tokio::spawn(async move {
        match call.mode {
            Mode::Forwarded => {
                let function = &context.app.functions[index];
                passed::forwarded(&context, function, &call, &parts, body).await
            }
            _ => {
                let known = (&params, &authority);
                enveloped(&context, index, &call, &parts, known, body).await
            }
        }
    });
    match running.await {
        Ok(outcome) => outcome,
        Err(error) => Err(failed(&error)),
    }
}

async fn enveloped(
    context: &Context,
    index: usize,
    call: &Call,
    parts: &Parts,
    (params, authority): (&Params, &Authority),
    body: Option<Bytes>,
) -> Outcome {
    let function = &context.app.functions[index];
    let caller = Caller {
        parts,
        params,
        body,
        easy_auth: context.options.easy_auth,
        claims: claims(context, function, authority),
    };
    let envelope = for_http(function, &caller, context.clock.now());
    let answer = attempts::call(context, function, call, envelope)
        .await
        .map_err(|error| failed(&error))?;
    let answer = http_answer(function, &answer).map_err(|error| failed(&error))?;
    response(answer).map_err(|what| (StatusCode::INTERNAL_SERVER_ERROR, what))
}

/// What the handler is told of the caller's key. Without keys every caller of a function that asks for one has the
/// authority of the master key, as under Core Tools.
fn claims(context: &Context, function: &Function, authority: &Authority) -> Option<KeyClaims> {
    let anonymous = function
        .http
        .as_ref()
        .is_some_and(|http| http.level == "anonymous");
    if !context.options.auth {
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

fn response(answer: HttpAnswer) -> Result<Response<Body>, String> {
    let code = StatusCode::from_u16(answer.status)
        .ok()
        .filter(|code| code.as_u16() >= 200)
        .ok_or_else(|| format!("{} is no status of a final answer", answer.status))?;
    let mut response = Response::new(sio_net::full(answer.body));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        // How the message is framed is the server's business.
        if name.eq_ignore_ascii_case("content-length")
            || name.eq_ignore_ascii_case("transfer-encoding")
        {
            continue;
        }
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("{name} is no header name"))?;
        let value = HeaderValue::from_str(&value)
            .map_err(|_| format!("the value of the header {name} cannot be sent"))?;
        headers.insert(name, value);
    }
    if let Some(content_type) = answer.content_type {
        let value = HeaderValue::from_str(&content_type)
            .map_err(|_| "the content type cannot be sent".to_owned())?;
        headers.insert(CONTENT_TYPE, value);
    }
    Ok(response)
}
