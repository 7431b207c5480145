//! One port for everything: clients, REST, and what is neither.

use std::sync::Arc;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_net::{Body, empty};

use crate::service::Service;
use crate::{clients, inspector, rest};

/// Answers a request.
pub(crate) async fn serve(service: Arc<Service>, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path();
    if path.starts_with("/clients/") {
        return clients::serve(&service, request).await;
    }
    if path.starts_with("/api/") {
        return rest::serve(&service, request).await;
    }
    if service.core.settings.inspector && inspector::owns(path) {
        return inspector::serve(&service, request).await;
    }
    if path.starts_with("/socket.io") {
        tracing::warn!(
            "a client asked for {path}, which is the path of a Socket.IO server\n\
             hint: clients of this service need the option path: \"/clients/socketio/hubs/HUB\""
        );
    }
    let mut response = Response::new(empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
