//! The webhook of an extension: the extension reads the event, its function runs, the extension replies.

use std::sync::Arc;

use http::request::Parts;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use sio_net::{Body, LimitError};

use super::attempts;
use super::context::Context;
use super::response::{empty, with_type};
use super::running::Running;
use crate::call::{self, ClientEvent};
use crate::extension::{Event, Reply};
use crate::hop::Hop;
use crate::invocation::{Answer, InvocationError, for_value};

pub(super) async fn answer(context: Arc<Context>, head: Parts, body: Incoming) -> Response<Body> {
    match event(&context, &head, body).await {
        Ok(event) => run(context, event, &head).await,
        Err(reply) => {
            let unhandled =
                ClientEvent::of(&head.headers).filter(|_| reply.status == StatusCode::NOT_FOUND);
            if let (Some(event), Some(problem)) = (unhandled, &reply.problem) {
                context.hops.send(Hop::Unhandled {
                    trace: call::trace_of(&head.headers),
                    event,
                    problem: problem.clone(),
                });
            } else if let Some(problem) = &reply.problem {
                let level = match reply.status.is_server_error() {
                    true => Hop::Error,
                    false => Hop::Warning,
                };
                let name = context.site().extension.unwrap_or_default();
                context.hops.send(level(format!(
                    "the extension {name} answers {} to {} {}: {problem}",
                    reply.status.as_u16(),
                    head.method,
                    head.uri.path()
                )));
            }
            response(reply)
        }
    }
}

/// What the request asks for.
async fn event(context: &Context, head: &Parts, body: Incoming) -> Result<Event, Reply> {
    let Some(extension) = &context.extension else {
        return Err(Reply::new(StatusCode::NOT_FOUND));
    };
    let takes_body = extension.webhook(head)?;
    let body = sio_net::limited(body, context.app.settings.body_limit).await;
    let body = body.map_err(|error| {
        let code = match error {
            LimitError::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        Reply::refusal(code, error.to_string())
    })?;
    takes_body(&body)
}

/// Runs the function and waits for its end, whatever kind of event it is.
async fn run(context: Arc<Context>, event: Event, head: &Parts) -> Response<Body> {
    let function = &context.app.functions[event.function];
    let (path, headers) = (head.uri.path(), Some(&head.headers));
    let (running, call) = Running::start(&context, function, path, headers);
    if let Some(advice) = event.advice {
        context.warn(format!("{}: {advice}", function.name));
    }
    // The function runs to its end even if the service leaves.
    let invoked = tokio::spawn({
        let context = context.clone();
        async move {
            let function = &context.app.functions[event.function];
            let data = event.data.map_err(InvocationError::Trigger)?;
            let now = context.config.clock.now();
            let envelope = for_value(function, &event.value, data, now);
            attempts::call(&context, function, &call, envelope).await
        }
    });
    let outcome: Result<Answer, String> = match invoked.await {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let reply = (event.answers)(outcome.as_ref().map_err(String::as_str));
    if let Some(advice) = reply.advice {
        let text = format!("{}: {advice}", function.name);
        context.hops.send(Hop::Error(text));
    }
    running.end(reply.status.as_u16(), reply.problem.clone());
    response(reply)
}

fn response(reply: Reply) -> Response<Body> {
    let mut response = match reply.text {
        Some(text) => with_type("text/plain; charset=utf-8", sio_net::full(text)),
        None => empty(StatusCode::OK),
    };
    *response.status_mut() = reply.status;
    if let Some((name, value)) = reply.header.map(|header| *header) {
        response.headers_mut().insert(name, value);
    }
    response
}
