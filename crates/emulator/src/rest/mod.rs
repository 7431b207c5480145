//! The REST data plane: what functions, SDKs and the Functions extension call.
//!
//! | file | what |
//! |---|---|
//! | `route.rs` | which resource a path names |
//! | `rules.rs` | what holds for every call: versions, tokens, bodies |
//! | `operation.rs` | which operation a method on a resource is |
//! | `send.rs` | sending and closing |
//! | `invoke.rs` | sending and waiting for the clients' acknowledgements |
//! | `groups.rs` | joining, leaving, listing |
//! | `grants.rs` | permissions and client tokens |
//! | `entra.rs` | tokens that are not signed with an access key |
//! | `reply.rs` | answers and errors in the service's form |
//!
//! Source: docs/contracts/service.md, "REST data plane".

mod entra;
mod grants;
mod groups;
mod invoke;
mod operation;
mod reply;
mod route;
mod rules;
mod send;

use std::sync::Arc;
use std::time::Instant;

use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use sio_net::Body;

use crate::hops::{Hop, HopKind};
use crate::service::Service;
use reply::Reply;
use route::Route;
use rules::Trace;

/// Answers a request under `/api/`.
pub(crate) async fn serve(
    service: &Arc<Service>,
    mut request: Request<Incoming>,
) -> Response<Body> {
    let started = Instant::now();
    let trace = service.core.hops.trace();
    request.extensions_mut().insert(Trace(trace));
    let route = Route::parse(request.uri().path());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let hub = match &route {
        Some(Route::Hub(hub, _)) => hub.clone(),
        _ => String::new(),
    };
    let reply = match route {
        None => Reply::status(StatusCode::NOT_FOUND),
        Some(Route::Health) => operation::health(&method),
        Some(Route::Hub(hub, resource)) => {
            operation::answer(service, request, &hub, resource).await
        }
    };
    let mut response = reply.into_response();
    if response.status() != StatusCode::NOT_FOUND && response.status().is_client_error() {
        tracing::debug!("{method} {path} was answered with {}", response.status());
    }
    response.headers_mut().insert(
        HeaderName::from_static("api-supported-versions"),
        HeaderValue::from_static(rules::VERSIONS),
    );
    service.core.hops.send(|| Hop {
        time: service.core.clock.now(),
        hub,
        connection: None,
        namespace: None,
        socket: None,
        kind: HopKind::Rest {
            method,
            path,
            status: response.status().as_u16(),
            took: started.elapsed(),
        },
        trace: Some(trace),
        body: None,
    });
    response
}
