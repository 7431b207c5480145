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

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Body as _;
use sio_net::Body;
use sio_trace::TraceId;

use crate::hops::{Hop, HopKind};
use crate::received::Received;
use crate::service::Service;
use reply::Reply;
use route::Route;
use rules::Trace;

/// Answers a request under `/api/`.
pub(crate) async fn serve(
    service: &Arc<Service>,
    mut request: Request<Received>,
) -> Response<Body> {
    let started = Instant::now();
    let parent = request.headers().get(sio_trace::id::HEADER);
    let parent = parent.and_then(|parent| TraceId::of_parent(parent.to_str().ok()?));
    let trace = parent.unwrap_or_else(|| service.core.hops.trace());
    let bytes = request.body().size_hint().exact().unwrap_or_default();
    let said = Arc::new(OnceLock::new());
    request.extensions_mut().insert(Trace {
        id: trace,
        said: said.clone(),
    });
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
        body: said
            .get()
            // What was sent to clients is told by its delivery.
            .filter(|_| !is_send)
            .and_then(|body| service.core.hops.body(std::str::from_utf8(body).ok()?)),
    });
    response
}
