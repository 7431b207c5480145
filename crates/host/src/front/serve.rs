//! From a request to its response.

use std::sync::Arc;

use http::header::{ORIGIN, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_net::Body;

use super::context::Context;
use super::plan::Plan;
use super::response::{empty, with_type};
use super::{admin, door, head, home, invoke, reload, webhook};
use crate::call;
use crate::hop::Hop;

/// Answers one request.
pub(crate) async fn answer(context: Arc<Context>, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if let Some((code, why)) = head::refusal(&parts) {
        context.warn_of(&context.entrance.heads, || {
            let (method, path) = (&parts.method, head::beginning(&parts));
            format!("{method} {path}: {}: {why}", code.as_u16())
        });
        return empty(code);
    }
    if let Some(response) = door::host(&context, &parts) {
        return response;
    }
    let request = Request::from_parts(parts, body);
    if let Some(response) = context.cors.preflight(&request) {
        return response;
    }
    let origin = request.headers().get(ORIGIN).cloned();
    let admitted = match &context.config.sign_in {
        Some(sign_in) => sign_in.admit(request).await,
        None => Ok(request),
    };
    let mut response = match admitted {
        Ok(request) => planned(context.clone(), request).await,
        Err(response) => response,
    };
    context.cors.allow(origin.as_ref(), response.headers_mut());
    for (name, value) in &context.app.config.custom_headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Does what the plan for a request says.
async fn planned(context: Arc<Context>, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let plan = context.site().plan(&parts);
    if let Some(response) = door::page(&context, &parts, &plan) {
        return response;
    }
    match plan {
        Plan::Function(invocation) => {
            let request = Request::from_parts(parts, body);
            invoke::http(context, invocation, request).await
        }
        Plan::Webhook => webhook::answer(context, parts, body).await,
        Plan::Admin(admin) => admin::answer(context, admin, &parts, body).await,
        Plan::Home if !context.app.settings.home_page => empty(StatusCode::NO_CONTENT),
        Plan::Home => with_type(
            "text/html; charset=utf-8",
            sio_net::full(home::page(&context)),
        ),
        Plan::ClientScript => {
            let script = context.config.client_script.clone().unwrap_or_default();
            with_type("text/javascript; charset=utf-8", sio_net::full(script))
        }
        Plan::Reload => {
            let version = context.config.reload.as_ref();
            match version.map(|version| reload::answer(&parts.uri, version)) {
                Some(answer) => answer.await,
                None => empty(StatusCode::NOT_FOUND),
            }
        }
        Plan::Refuse(code) => refused(&context, &parts, code),
        Plan::Challenge(code) => {
            let mut response = refused(&context, &parts, code);
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
            response
        }
        Plan::NotFound => unrouted(&context, &parts),
    }
}

fn unrouted(context: &Context, head: &Parts) -> Response<Body> {
    context.hops.send(Hop::Unrouted {
        trace: call::trace_of(&head.headers),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        status: 404,
    });
    empty(StatusCode::NOT_FOUND)
}

/// A request whose key is missing or wrong.
fn refused(context: &Context, head: &Parts, code: StatusCode) -> Response<Body> {
    context.warn_of(&context.entrance.keys, || {
        format!(
            "{} {}: {}: missing or wrong key, in the header x-functions-key or the query parameter code",
            head.method,
            head.uri.path(),
            code.as_u16()
        )
    });
    empty(code)
}
