//! The server that the host calls.
//!
//! What a request is for is decided before its body is read: a body that nothing here wants takes no memory. Events
//! are by far the most frequent requests, whether they come at the webhook or in extension mode, so they are answered
//! here; everything else goes through [`routes`](super::routes).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::Full;
use hyper::body::Incoming;
use sio_net::{Body, Limits, full, limited_within};
use tokio::net::TcpListener;
use tower_service::Service as _;

use crate::app::{Alias, EventFunction, Registry, refuse_aliases};
use crate::handler::{Deadline, InvocationId, Request, Response, StateError};
use crate::settings::SettingsError;
use crate::telemetry::abridge;

use super::destination::{Destination, ENVELOPE_BODY, LITTLE, WEBHOOK_BODY};
use super::routes::{envelope, http_response, routes};
use super::{Functions, access};

/// How long open invocations may go on once the process is told to end. The host kills it half a second later.
const GRACE: Duration = Duration::from_secs(1);

/// The app cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A value that `App::state_with` promised could not be made.
    #[error(transparent)]
    State(#[from] StateError),
    /// With this route prefix a public route looks like a function to the handler.
    #[error(transparent)]
    Alias(#[from] Alias),
}

/// Serves an app until `stop` is ready, then lets open invocations end.
///
/// # Errors
/// A setting is missing or wrong, and nothing was served then; or the app's state could not be made.
pub async fn serve(
    registry: Registry,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let functions = Arc::new(Functions::new(registry)?);
    refuse_aliases(functions.registry(), functions.prefix())?;
    let shared = functions.registry().shared.clone();
    let others = warp::service(routes(functions.clone()));
    let service = move |request: http::Request<Incoming>| {
        let functions = functions.clone();
        let mut others = others.clone();
        async move {
            let room = match functions.destination(request.method(), request.uri().path()) {
                Destination::Webhook => return serve_webhook(&functions, request).await,
                Destination::Event(trigger) => {
                    return serve_event(&functions, trigger, request).await;
                }
                Destination::Function { .. } if !access::is_from_host(request.headers()) => {
                    return refused(&functions, request.uri().path());
                }
                Destination::Route { .. } if !access::may_run(request.headers()) => {
                    return refused(&functions, request.uri().path());
                }
                Destination::Function { room } | Destination::Route { room } => room,
                Destination::Probe => LITTLE,
                Destination::Nothing => return nothing(&functions, request.uri().path()),
            };
            // Boxed, so that the future of an event has not the size of the largest of all others.
            Box::pin(async move {
                let request = match read_body(&functions, request, room).await {
                    Ok(request) => request,
                    Err(refused) => return refused,
                };
                match others.call(request).await {
                    Ok(response) => response.map(|body| {
                        use http_body_util::BodyExt as _;
                        body.map_err(Into::into).boxed_unsync()
                    }),
                    Err(never) => match never {},
                }
            })
            .await
        }
    };
    let prepared = shared.prepare();
    // The host cannot cancel an invocation: it runs to completion, including what it sends, even if the client has
    // disconnected.
    let limits = Limits {
        grace: GRACE,
        to_the_end: true,
        in_one_piece: true,
        ..Limits::default()
    };
    let serving = sio_net::serve(listener, service, limits, stop);
    tokio::pin!(serving);
    tokio::select! {
        outcome = prepared => outcome?,
        () = &mut serving => return Ok(()),
    }
    serving.await;
    Ok(())
}

async fn serve_webhook(
    functions: &Functions,
    request: http::Request<Incoming>,
) -> http::Response<Body> {
    let (head, body) = request.into_parts();
    let mut request = Request {
        method: head.method,
        headers: head.headers,
        ..Request::default()
    };
    let invocation = InvocationId::from_headers(&request.headers);
    let body = limited_within(body, WEBHOOK_BODY, functions.event_limit());
    let response = functions
        .handle_webhook(&mut request, body, invocation)
        .await;
    http_response(response).map(full)
}

/// Reads the body of any other request, as far as what it is for has room. It may take as long as a function.
async fn read_body(
    functions: &Functions,
    request: http::Request<Incoming>,
    room: usize,
) -> Result<http::Request<Full<Bytes>>, http::Response<Body>> {
    let (head, body) = request.into_parts();
    match limited_within(body, room, functions.function_limit()).await {
        Ok(body) => Ok(http::Request::from_parts(head, Full::new(body))),
        Err(error) => {
            let path = head.uri.path();
            abridge!(
                warn,
                functions.strangers,
                "a request to {path:?} was not read: {error}"
            );
            Err(http_response(Response::not_read(&error)).map(full))
        }
    }
}

/// An event in extension mode, or another invocation of a function by the same name.
async fn serve_event(
    functions: &Functions,
    trigger: &EventFunction,
    request: http::Request<Incoming>,
) -> http::Response<Body> {
    let (head, body) = request.into_parts();
    if !access::is_from_host(&head.headers) {
        return refused(functions, head.uri.path());
    }
    let name = trigger.function.as_str();
    let deadline = Deadline::after(functions.event_limit());
    match limited_within(body, ENVELOPE_BODY, functions.event_limit()).await {
        Ok(body) => envelope(
            name,
            Some(trigger),
            functions,
            &head.headers,
            &body,
            deadline,
        )
        .await
        .map(full),
        Err(error) => {
            abridge!(
                error,
                functions.strangers,
                "an invocation of {name:?} was not read: {error}"
            );
            http_response(Response::not_read(&error)).map(full)
        }
    }
}

/// A request of a page that may not run functions. Its body is not read.
fn refused(functions: &Functions, path: &str) -> http::Response<Body> {
    abridge!(
        warn,
        functions.strangers,
        "a request to {path:?} was refused: a page sent it, or it names another host than this machine; pages reach functions through the Functions host"
    );
    http_response(Response::status(StatusCode::FORBIDDEN)).map(full)
}

/// A request that nothing here is for. Its body is not read.
fn nothing(functions: &Functions, path: &str) -> http::Response<Body> {
    abridge!(
        warn,
        functions.strangers,
        "a request to {path:?} has no function in this app; were the function.json files staged from another build?"
    );
    let response = Response::text("no such function\n").with_status(StatusCode::NOT_FOUND);
    http_response(response).map(full)
}
