//! Functions that get the request itself: proxied, or forwarded as a copy (docs/contracts/functions-host.md,
//! "Forwarding and proxying").
//!
//! Retry policies hold here too, since they belong to the invocation and not to its mode; but there is no envelope to
//! tell the handler of them, and fewer invocations fail: any answer of the handler is a success, so only silence and
//! refused or lost connections are tried again, and only while nothing has gone to the caller.
//!
//! Unconfirmed: what the host does when it would have to send a body twice. Here a forwarded body, which was read
//! before, is sent again whole; an invocation whose proxied body has begun to flow is not tried again.

use std::net::IpAddr;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::sync::watch;

use super::attempts::Attempts;
use super::context::Context;
use super::envelope_call::expired;
use super::outcome::{Failed, Outcome, chain, failed};
use super::streamed::{ACTIVITY_TIMEOUT, Streamed};
use crate::app::Function;
use crate::call::Call;
use crate::invocation::InvocationError;
use crate::passthrough::{forward, proxy, rebuilt_path};
use crate::process::{Gate, Pass, Reusable};

/// A request on its way to the handler.
struct Flow {
    parts: Parts,
    body: Reusable,
    peer: Option<IpAddr>,
    /// Changes with each piece of the body.
    moved: watch::Receiver<()>,
}

/// What kept a proxied request from being answered.
enum Failure {
    /// Its body is longer than allowed.
    TooLong,
    Failed(InvocationError),
}

pub(super) async fn proxied(
    context: &Context,
    function: &Function,
    call: &Call,
    request: Request<Incoming>,
) -> Outcome {
    let peer = request
        .extensions()
        .get::<sio_net::Peer>()
        .map(|peer| peer.0.ip());
    let (parts, body) = request.into_parts();
    let (moving, moved) = watch::channel(());
    let body = Limited::new(body, context.app.settings.body_limit).map_frame(move |frame| {
        moving.send_replace(());
        frame
    });
    let mut flow = Flow {
        parts,
        body: Reusable::new(body.boxed_unsync()),
        peer,
        moved,
    };
    let mut attempts = Attempts::new(context, function, call);
    loop {
        match proxied_once(context, attempts.call(), &mut flow).await {
            Ok(response) => return Ok(response),
            Err(Failure::TooLong) => {
                let limit = context.app.settings.body_limit;
                let why = format!("the body is longer than {limit} bytes");
                return Err(Failed::new(StatusCode::PAYLOAD_TOO_LARGE, why));
            }
            Err(Failure::Failed(error)) if flow.body.is_begun() => return Err(failed(&error)),
            Err(Failure::Failed(error)) => {
                if let Err(error) = attempts.again(error).await {
                    return Err(failed(&error));
                }
            }
        }
    }
}

async fn proxied_once(
    context: &Context,
    call: &Call,
    flow: &mut Flow,
) -> Result<Response<sio_net::Body>, Failure> {
    let (gate, pass) = enter(context).await.map_err(Failure::Failed)?;
    let limit = context.app.config.function_timeout;
    let deadline = limit.map(|limit| tokio::time::Instant::now() + limit);
    let worker = pass.worker.clone();
    let sending = proxy(&worker, &flow.parts, &flow.body, flow.peer, call);
    tokio::pin!(sending);
    let sent = loop {
        tokio::select! {
            sent = &mut sending => break sent,
            () = expired(deadline) => {
                gate.timed_out(&pass.worker, &call.invocation);
                return Err(Failure::Failed(timed_out(context)));
            }
            () = context.stop.cancelled() => {
                return Err(Failure::Failed(InvocationError::Stopping));
            }
            // A piece of the body went out: silence starts anew.
            Ok(()) = flow.moved.changed() => {}
            () = tokio::time::sleep(ACTIVITY_TIMEOUT) => {
                let what = "RequestTimedOut".to_owned();
                return Err(Failure::Failed(InvocationError::Forwarder(what)));
            }
        }
    };
    match sent {
        Ok(response) => {
            // The pass is held until the last byte: a planned restart lets short answers end.
            let (gate, id) = (gate.clone(), call.invocation.clone());
            let expired = move || gate.timed_out(&pass.worker, &id);
            Ok(response.map(|body| {
                Streamed::new(body, ACTIVITY_TIMEOUT, deadline, expired).boxed_unsync()
            }))
        }
        Err(error) if is_too_long(&error) => Err(Failure::TooLong),
        Err(error) => Err(Failure::Failed(InvocationError::Forwarder(format!(
            "Request: {}",
            chain(&error)
        )))),
    }
}

fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

pub(super) async fn forwarded(
    context: &Context,
    function: &Function,
    call: &Call,
    parts: &Parts,
    body: Option<Bytes>,
) -> Outcome {
    let handler = context.app.config.handler.as_ref();
    let path = match handler.is_some_and(|handler| handler.legacy) {
        true => format!("/{}", function.name),
        false => rebuilt_path(parts.uri.path()),
    };
    let mut attempts = Attempts::new(context, function, call);
    loop {
        let sent = forwarded_once(context, attempts.call(), parts, &path, body.clone());
        match sent.await {
            Ok(response) => return Ok(response.map(sio_net::full)),
            Err(error) => {
                if let Err(error) = attempts.again(error).await {
                    return Err(failed(&error));
                }
            }
        }
    }
}

async fn forwarded_once(
    context: &Context,
    call: &Call,
    parts: &Parts,
    path: &str,
    body: Option<Bytes>,
) -> Result<Response<Bytes>, InvocationError> {
    let (gate, pass) = enter(context).await?;
    let limit = context.app.config.function_timeout;
    let deadline = limit.map(|limit| tokio::time::Instant::now() + limit);
    tokio::select! {
        sent = forward(&pass.worker, parts, path, body, call) => {
            sent.map_err(|error| InvocationError::Unreachable(chain(error.as_ref())))
        }
        () = expired(deadline) => {
            gate.timed_out(&pass.worker, &call.invocation);
            Err(timed_out(context))
        }
        () = context.stop.cancelled() => Err(InvocationError::Stopping),
    }
}

/// Waits for the handler.
async fn enter(context: &Context) -> Result<(&Gate, Pass), InvocationError> {
    let gate = context
        .gate
        .as_ref()
        .ok_or_else(|| InvocationError::Unreachable("there is no handler".to_owned()))?;
    tokio::select! {
        pass = gate.enter() => Ok((gate, pass?)),
        () = context.stop.cancelled() => Err(InvocationError::Stopping),
    }
}

fn timed_out(context: &Context) -> InvocationError {
    let limit = context.app.config.function_timeout.unwrap_or_default();
    InvocationError::TimedOut(limit.as_secs())
}
