//! The REST data plane: what functions, SDKs and the Functions extension call.
//!
//! | file | what |
//! |---|---|
//! | `route.rs` | which resource a path names |
//! | `rules.rs` | what holds for every call: versions, tokens, bodies |
//! | `query.rs` | a call's query |
//! | `operation.rs` | which operation a method on a resource is |
//! | `cause.rs` | the trace that a call belongs to |
//! | `send.rs` | sending and closing |
//! | `invoke.rs` | sending and waiting for the clients' acknowledgements |
//! | `groups.rs` | joining, leaving, listing |
//! | `grants.rs` | permissions and client tokens |
//! | `entra.rs` | tokens that are not signed with an access key |
//! | `reply.rs` | answers and errors in the service's form |
//!
//! Source: docs/contracts/service.md, "REST data plane".

mod cause;
mod entra;
mod grants;
mod groups;
mod invoke;
mod operation;
mod query;
mod reply;
mod route;
mod rules;
mod send;

use std::sync::Arc;
use std::time::Instant;

use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Body as _;
use sio_net::Body;
use sio_trace::TraceId;

use crate::hops::{Hop, HopKind};
use crate::received::Received;
use crate::service::Service;
use cause::Call;
use reply::Reply;
use route::Route;

/// Answers a request under `/api/`.
pub(crate) async fn serve(
    service: &Arc<Service>,
    mut request: Request<Received>,
) -> Response<Body> {
    let started = Instant::now();
    let parent = request.headers().get(sio_trace::id::HEADER);
    let parent = parent.and_then(|parent| TraceId::of_parent(parent.to_str().ok()?));
    let bytes = request.body().size_hint().exact().unwrap_or_default();
    let route = Route::parse(request.uri().path());
    let resource = match &route {
        Some(Route::Hub(hub, resource)) => Some((hub.as_str(), resource)),
        _ => None,
    };
    let call = Call::of(service, &request, parent, resource);
    request.extensions_mut().insert(call.clone());
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
    let error = reply.problem();
    let is_send = path.ends_with("/:send");
    let mut response = reply.into_response();
    if response.status() != StatusCode::NOT_FOUND && response.status().is_client_error() {
        tracing::debug!("{method} {path} was answered with {}", response.status());
    }
    response.headers_mut().insert(
        HeaderName::from_static("api-supported-versions"),
        HeaderValue::from_static(rules::VERSIONS),
    );
    let (trace, derived) = call.trace(service);
    service.core.hops.send(|| Hop {
        time: service.core.clock.now(),
        hub,
        connection: None,
        namespace: None,
        socket: None,
        user: None,
        kind: HopKind::Rest {
            method,
            path,
            status: response.status().as_u16(),
            error,
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            took: started.elapsed(),
        },
        trace: Some(trace),
        derived,
        body: call
            .said()
            // What was sent to clients is told by its delivery.
            .filter(|_| !is_send)
            .and_then(|body| service.core.hops.body(body)),
    });
    response
}
