//! One port for everything: clients, REST and the inspector.

use std::sync::Arc;

use http::header::{CONNECTION, EXPECT};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_net::{Body, abridge, empty};

use crate::hops::abridged;
use crate::received::Received;
use crate::service::Service;
use crate::{client_endpoint, inspector, rest};

/// What an unserved path belongs to, and the hint for a client or an app that asked for it by mistake.
fn elsewhere(path: &str) -> Option<(&'static str, &'static str)> {
    let is = |prefix: &str| {
        let rest = path.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if is("/socket.io") || is("/engine.io") {
        Some((
            "a Socket.IO server",
            "clients of this service need the option path: \"/clients/socketio/hubs/HUB\"",
        ))
    } else if is("/client") {
        Some((
            "plain Web PubSub",
            "Socket.IO clients connect at /clients/socketio/hubs/HUB; plain WebSocket clients need Azure Web PubSub itself",
        ))
    } else if is("/server") || is("/clients/socketio/server") {
        Some((
            "the service's default mode",
            "this is serverless mode: instead of a Socket.IO server that connects to the service, functions answer its webhooks",
        ))
    } else {
        None
    }
}

/// Answers a request.
pub(crate) async fn serve(service: Arc<Service>, request: Request<Incoming>) -> Response<Body> {
    let waits = request.headers().contains_key(EXPECT);
    let (head, body) = request.into_parts();
    let (body, rest) = Received::new(body);
    let mut response = answer(&service, Request::from_parts(head, body)).await;
    if !rest.drain(waits).await {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}

async fn answer(service: &Arc<Service>, request: Request<Received>) -> Response<Body> {
    let path = request.uri().path();
    if let Some((owner, hint)) = elsewhere(path) {
        abridge!(
            warn,
            service.core.strangers.paths,
            "a request for {}, which is a path of {owner}, was answered with 404\nhint: {hint}",
            abridged(path)
        );
    } else if path.starts_with("/clients/") {
        return client_endpoint::serve(service, request).await;
    } else if path.starts_with("/api/") {
        return rest::serve(service, request).await;
    } else if service.core.settings.inspector && inspector::owns(path) {
        return inspector::serve(service, request).await;
    }
    let mut response = Response::new(empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
