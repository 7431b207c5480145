//! The HTTP front: which part of the host answers a request (host contract, "Order of decisions").

mod admin;
mod attempts;
mod context;
mod cors;
mod effects;
mod envelope_call;
mod home;
mod invoke;
mod key_api;
mod outcome;
mod page;
mod passed;
mod queues;
mod redirects;
mod reload;
mod streamed;
mod throttle;
mod timers;
mod webhook;

use std::sync::Arc;

use http::{HeaderName, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_net::Body;

pub use context::Framing;
pub(crate) use context::{Context, Options};
pub(crate) use cors::Cors;
pub(crate) use queues::run as run_queue;
pub(crate) use throttle::Throttle;
pub(crate) use timers::run as run_timer;

use crate::auth::Authority;
use crate::hop::Hop;

/// Where the Socket.IO client is served, when the host was given one.
const CLIENT_SCRIPT: &str = "/_sio/socket.io.min.js";

/// Answers one request.
pub(crate) async fn answer(context: Arc<Context>, request: Request<Incoming>) -> Response<Body> {
    let cors = &context.options.cors;
    if let Some(response) = cors.preflight(&request) {
        return response;
    }
    let origin = request.headers().get(http::header::ORIGIN).cloned();
    let admitted = match &context.options.sign_in {
        Some(sign_in) => sign_in.admit(request).await,
        None => Ok(request),
    };
    let mut response = match admitted {
        Ok(request) => routed(context.clone(), request).await,
        Err(response) => response,
    };
    cors.allow(origin.as_ref(), response.headers_mut());
    for (name, value) in &context.app.config.custom_headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn routed(context: Arc<Context>, mut request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path();
    if path.eq_ignore_ascii_case("/admin") || under(path, "/admin/") {
        return admin::answer(context, request).await;
    }
    if let Err(full) = context.throttle.admit(&mut request).await {
        context.hops.send(Hop::Warning(format!(
            "{} {}: {full}",
            request.method(),
            request.uri().path()
        )));
        return throttle::refusal();
    }
    let path = request.uri().path();
    // The webhooks of extensions are the host's own, whatever routes there are.
    if under(path, webhook::PREFIX) {
        return webhook::answer(context, request).await;
    }
    if path == CLIENT_SCRIPT
        && let Some(script) = &context.options.client_script
    {
        return with_type(
            "text/javascript; charset=utf-8",
            sio_net::full(script.clone()),
        );
    }
    if let Some(version) = &context.options.reload
        && let Some(response) = reload::answer(path, request.uri().query(), version).await
    {
        return response;
    }
    // A disabled function can be tried with the master key, where keys are asked for.
    let tester = context.options.auth && context.authority(&request, None) == Authority::Admin;
    if let Some((index, params)) =
        context
            .routes
            .find(&context.app.functions, request.method(), path, tester)
    {
        let function = &context.app.functions[index];
        let level = function
            .http
            .as_ref()
            .map_or("function", |http| &http.level);
        let authority = context.authority(&request, Some(&function.name));
        if !authority.satisfies(level) {
            return refused(&context, &request, StatusCode::UNAUTHORIZED);
        }
        return invoke::http(context, index, params, authority, request).await;
    }
    if path == "/" {
        return match context.options.home_page {
            true => with_type(
                "text/html; charset=utf-8",
                sio_net::full(home::page(&context)),
            ),
            false => status(StatusCode::NO_CONTENT),
        };
    }
    unrouted(&context, &request)
}

fn unrouted(context: &Context, request: &Request<Incoming>) -> Response<Body> {
    context.hops.send(Hop::Unrouted {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        status: 404,
    });
    status(StatusCode::NOT_FOUND)
}

/// A request whose key is missing or wrong.
fn refused(context: &Context, request: &Request<Incoming>, code: StatusCode) -> Response<Body> {
    context.hops.send(Hop::Warning(format!(
        "{} {}: {} for want of the right key, in the header x-functions-key or the query parameter code",
        request.method(),
        request.uri().path(),
        code.as_u16()
    )));
    status(code)
}

fn under(path: &str, prefix: &str) -> bool {
    path.get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// An answer without a body.
fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(sio_net::empty());
    *response.status_mut() = status;
    response
}

fn with_type(content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let value = http::HeaderValue::from_static(content_type);
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, value);
    response
}

/// Is it one of these methods?
fn is(method: &Method, allowed: &[Method]) -> bool {
    allowed.contains(method)
}
