//! One call of the handler in default mode (docs/contracts/functions-host.md, "Request to the handler").

use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_TYPE, USER_AGENT as UA};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use sio_net::{Body, BoxError};
use tokio::time::Instant;
use url::Url;

use super::context::Context;
use super::outcome::chain;
use super::{effects, redirects};
use crate::app::Function;
use crate::call::Call;
use crate::config::Framing;
use crate::hop::Hop;
use crate::invocation::{Answer, Envelope, InvocationError, Parsed, advice, lost_logs, parse};
use crate::passthrough::{HOST_VERSION, INVOCATION_HEADER, USER_AGENT, VERSION_HEADER};
use crate::process::{Reusable, Worker};

/// Calls the handler and reads its answer; reports logs, outputs and what there is to say about them.
pub(crate) async fn call(
    context: &Context,
    function: &Function,
    call: &Call,
    mut envelope: Envelope,
) -> Result<Answer, InvocationError> {
    effects::fill_inputs(context, function, &mut envelope).await?;
    let gate = context
        .gate
        .as_ref()
        .ok_or_else(|| InvocationError::Unreachable("there is no handler".to_owned()))?;
    let pass = tokio::select! {
        pass = gate.enter() => pass?,
        () = context.stop.cancelled() => return Err(InvocationError::Stopping),
    };
    let limit = context.app.config.function_timeout;
    let deadline = limit.map(|limit| Instant::now() + limit);
    let answered = async {
        let exchange = exchange(context, &pass.worker, function, call, &envelope);
        match exchange.await? {
            Parsed::Answer(answer) => Ok::<_, InvocationError>(answer),
            Parsed::Nothing => {
                let until = limit.map_or("for ever".to_owned(), |limit| {
                    format!("for {} s, then its handler is killed", limit.as_secs())
                });
                context.hops.send(Hop::Error(format!(
                    "{}: the handler answered with an empty body or null. The Functions host now waits {until}: answer at least {{\"Outputs\":{{}},\"Logs\":[],\"ReturnValue\":null}}",
                    function.name
                )));
                std::future::pending().await
            }
        }
    };
    let finished = async {
        let answer = answered.await?;
        report(context, function, call, &answer);
        effects::carry_out(context, function, call, &envelope.metadata, &answer).await?;
        Ok::<_, InvocationError>(answer)
    };
    tokio::select! {
        answer = finished => answer,
        () = expired(deadline) => {
            gate.timed_out(&pass.worker, &call.invocation);
            Err(InvocationError::TimedOut(limit.unwrap_or_default().as_secs()))
        }
        () = context.stop.cancelled() => Err(InvocationError::Stopping),
    }
}

/// Ready at the deadline; never without one.
pub(crate) async fn expired(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

async fn exchange(
    context: &Context,
    worker: &Worker,
    function: &Function,
    call: &Call,
    envelope: &Envelope,
) -> Result<Parsed, InvocationError> {
    let unreachable = |error: &dyn std::error::Error| InvocationError::Unreachable(chain(error));
    let text = Bytes::from(envelope.text());
    let chunked = match context.config.framing {
        Framing::ContentLength => false,
        Framing::Chunked => true,
        // The id is random already.
        Framing::Random => call
            .invocation
            .ends_with(|last: char| last.to_digit(16).is_some_and(|digit| digit % 2 == 1)),
    };
    let url = format!("http://127.0.0.1:{}/{}", worker.port, function.name);
    let mut url = Url::parse(&url).map_err(|error| unreachable(&error))?;
    let mut method = Method::POST;
    let mut followed = 0;
    let handler = context.app.config.handler.as_ref();
    let follows = !handler.is_some_and(|handler| handler.forwarding);
    let (head, body) = loop {
        let body = match (&method, chunked) {
            (&Method::POST, true) => in_chunks(text.clone()),
            (&Method::POST, false) => sio_net::full(text.clone()),
            _ => sio_net::empty(),
        };
        let request = request(&method, &url, body, &call.invocation);
        let request = request.map_err(|error| unreachable(&error))?;
        let answer = worker.client.send(call, request).await;
        let answer = answer.map_err(|error| unreachable(&error))?;
        let next = redirects::next(&url, &method, answer.status(), answer.headers());
        match next.filter(|_| follows && followed < redirects::MOST) {
            Some(next) => (url, method) = next,
            None => break answer.into_parts(),
        }
        followed += 1;
    };
    if followed > 0 {
        context.hops.send(Hop::Warning(format!(
            "{}: the handler answered with a redirect, which the host follows itself; to redirect the caller, return statusCode and a location header in the http output",
            function.name
        )));
    }
    let body = body
        .collect()
        .await
        .map_err(|error| unreachable(&error))?
        .to_bytes();
    let content_type = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let parsed = parse(head.status.as_u16(), content_type, &body);
    if matches!(parsed, Err(InvocationError::Status(_))) {
        for line in lost_logs(&body) {
            context.hops.send(Hop::Warning(format!(
                "{}: the host drops this line of Logs, for the answer is {}: {line}",
                function.name, head.status
            )));
        }
    }
    parsed
}

fn request(
    method: &Method,
    url: &Url,
    body: Body,
    invocation: &str,
) -> Result<Request<Reusable>, http::Error> {
    let mut request = Request::builder()
        .method(method)
        .uri(url.as_str())
        .body(Reusable::new(body))?;
    let headers = request.headers_mut();
    headers.insert(
        HeaderName::from_static(VERSION_HEADER),
        HeaderValue::from_static(HOST_VERSION),
    );
    if let Ok(id) = HeaderValue::from_str(invocation) {
        headers.insert(HeaderName::from_static(INVOCATION_HEADER), id);
    }
    headers.insert(UA, HeaderValue::from_static(USER_AGENT));
    if method == Method::POST {
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
    }
    Ok(request)
}

/// A body of unknown length, in two pieces: a reader that takes one piece for all is found out.
fn in_chunks(mut text: Bytes) -> Body {
    let rest = text.split_off(text.len() / 2);
    let frames = [text, rest].map(|piece| Ok::<_, BoxError>(Frame::data(piece)));
    StreamBody::new(stream::iter(frames)).boxed_unsync()
}

fn report(context: &Context, function: &Function, call: &Call, answer: &Answer) {
    for text in &answer.logs {
        context.hops.send(Hop::Log {
            function: function.name.clone(),
            invocation: call.invocation.clone(),
            text: text.clone(),
        });
    }
    for sentence in advice(function, answer) {
        context.warn(format!("{}: {sentence}", function.name));
    }
}
