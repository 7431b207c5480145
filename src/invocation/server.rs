//! The server that the host calls.
//!
//! Events are by far the most frequent requests, whether they come at the webhook or in extension mode, so they are taken
//! off before routing; everything else goes through [`routes`](super::routes).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use hyper::body::Incoming;
use sio_net::{Body, Limits, full, limited_within};
use tokio::net::TcpListener;
use tower_service::Service as _;

use crate::app::{Alias, EventFunction, Registry, refuse_aliases};
use crate::handler::{Deadline, InvocationId, Request, Response, StateError};
use crate::settings::SettingsError;

use super::Functions;
use super::routes::{envelope, http_response, routes};

/// The most that one request of the service may have: its own limit is 1 MB, and base64 adds a third.
const WEBHOOK_BODY: usize = 4 * 1024 * 1024;

/// The most that an event's envelope may have. An event of 1 MB stands in it four times over, in strings inside of
/// strings: one of backslashes alone takes 20 MB. Deeply nested lists take more, since the host indents them.
const ENVELOPE_BODY: usize = 64 * 1024 * 1024;

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
    let limit = shared.settings.body_limit();
    let service = move |request: http::Request<Incoming>| {
        let functions = functions.clone();
        let mut others = others.clone();
        async move {
            if functions.is_webhook(request.uri().path()) {
                return webhook(&functions, request).await;
            }
            if request.method() == Method::POST
                && let Some(trigger) = functions.event_at(request.uri().path())
            {
                return event(&functions, trigger, request).await;
            }
            // Boxed, so that the future of an event has not the size of the largest of all others.
            Box::pin(async move {
                let request = match read(request, limit, functions.function_limit()).await {
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
    // The host has no way to call an invocation off: what it has handed over is carried out, sent and all, even if a
    // client whose request it passes on has gone meanwhile.
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

async fn webhook(functions: &Functions, request: http::Request<Incoming>) -> http::Response<Body> {
    let (head, body) = request.into_parts();
    let request = Request {
        method: head.method,
        headers: head.headers,
        ..Request::default()
    };
    let invocation = InvocationId::from_headers(&request.headers);
    let body = limited_within(body, WEBHOOK_BODY, functions.event_limit());
    let response = functions.webhook(request, body, invocation).await;
    http_response(response).map(full)
}

/// Reads the body of any other request: up to the host's limit as it was sent, and twice that in an envelope, in which
/// a character may take the room of two. It may take as long as a function.
async fn read(
    request: http::Request<Incoming>,
    limit: usize,
    time: Duration,
) -> Result<http::Request<Full<Bytes>>, http::Response<Body>> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let limit = match path.strip_prefix('/') {
        Some(name) if head.method == Method::POST && !name.contains('/') => limit.saturating_mul(2),
        _ => limit,
    };
    match limited_within(body, limit, time).await {
        Ok(body) => Ok(http::Request::from_parts(head, Full::new(body))),
        Err(error) => {
            tracing::warn!("a request to {path:?} was not read: {error}");
            Err(http_response(Response::not_read(&error)).map(full))
        }
    }
}

/// An event in extension mode, or another invocation of a function by the same name.
async fn event(
    functions: &Functions,
    trigger: &EventFunction,
    request: http::Request<Incoming>,
) -> http::Response<Body> {
    let (head, body) = request.into_parts();
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
            tracing::error!("an invocation of {name:?} was not read: {error}");
            http_response(Response::not_read(&error)).map(full)
        }
    }
}
