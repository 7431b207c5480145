//! What becomes of a request from the host: a health probe, an envelope, or an HTTP request as it was sent.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use tracing::Instrument as _;
use warp::Filter;
use warp::path::FullPath;

use crate::app::EventFunction;
use crate::extension;
use crate::handler::{Deadline, Invocation, InvocationId, Request, Response};
use crate::telemetry::{Record, abridge};

use super::{Functions, envelope};

type Http = http::Response<Bytes>;

/// The routes of an app, but for its events, which the server answers.
pub(super) fn routes(
    all: Arc<Functions>,
) -> impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone {
    let named = all.clone();
    let functions = warp::any().map(move || all.clone());
    // The host asks this until it gets any answer, and now and then afterwards.
    let probe = warp::path::end()
        .and(warp::get().or(warp::head()).unify())
        .map(|| text(StatusCode::OK, "ready\n"));
    let envelope = warp::post()
        .and(warp::path::param::<String>())
        .and(warp::path::end())
        .and_then(move |name: String| {
            // Without a route prefix it may be a request as it was sent.
            let known = named.has_function(&name).then_some(name);
            std::future::ready(known.ok_or_else(warp::reject::not_found))
        })
        .and(functions.clone())
        .and(warp::header::headers_cloned())
        .and(warp::body::bytes())
        .and_then(wrapped);
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let as_sent = functions
        .and(warp::method())
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::bytes())
        .and_then(sent);
    probe.or(envelope).unify().or(as_sent).unify()
}

/// An invocation in the host's envelope.
async fn wrapped(
    name: String,
    functions: Arc<Functions>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Http, Infallible> {
    let deadline = Deadline::after(functions.function_limit());
    Ok(envelope(&name, None, &functions, &headers, &body, deadline).await)
}

/// Answers an invocation in the host's envelope, with the lines that it has logged. `trigger` is the function of
/// Microsoft's trigger that has the name, if one has; until the deadline its event must have ended.
pub(super) async fn envelope(
    name: &str,
    trigger: Option<&EventFunction>,
    functions: &Functions,
    headers: &HeaderMap,
    body: &[u8],
    deadline: Deadline,
) -> Http {
    let id = InvocationId::from_headers(headers);
    let event = trigger.map(|trigger| (trigger.event.as_str(), trigger.namespace.as_str()));
    // Another invocation of a function by the same name has no event in it.
    let opened = trigger.and_then(|trigger| Some((trigger, extension::read(body, trigger)?)));
    let told = opened.as_ref().and_then(|(_, opened)| {
        let opened = opened.as_ref().ok()?;
        opened.trace_parent.as_deref()
    });
    let record = Record::buffered(name, id.as_str(), headers, told, event);
    let span = record.span();
    let invocation = Invocation { id, deadline };
    let answered = async {
        match opened {
            Some((trigger, opened)) => http_response(
                functions
                    .run_event(trigger, opened, invocation, &record)
                    .await,
            ),
            // Boxed: an event should not have the size of what is rare.
            None => Box::pin(answer(name, functions, body, invocation.id, &record)).await,
        }
    };
    answered.instrument(span).await
}

async fn answer(
    name: &str,
    functions: &Functions,
    body: &[u8],
    id: InvocationId,
    record: &Record,
) -> Http {
    if let Some(function) = functions.trigger_function(name) {
        return match functions.run_trigger(function, body, id, record).await {
            Ok(answer) => json(answer),
            Err(problem) => failed(problem),
        };
    }
    let request = match envelope::open(body) {
        Ok(request) => request,
        Err(problem) => {
            abridge!(
                error,
                functions.strangers,
                "an invocation of {name:?} was not read: {problem}"
            );
            return text(StatusCode::BAD_REQUEST, &problem);
        }
    };
    let Some(response) = functions.by_name(name, request, id, record).await else {
        abridge!(
            error,
            functions.strangers,
            "the host invoked {name:?}, which this app does not have; were the function.json files staged from another build?"
        );
        return text(StatusCode::NOT_FOUND, "no such function\n");
    };
    let logs = record.take_logs();
    match envelope::close(&response, &logs) {
        Ok(answer) => json(answer),
        Err(problem) => {
            Record::print(logs);
            abridge!(error, functions.strangers, "function {name:?}: {problem}");
            text(StatusCode::INTERNAL_SERVER_ERROR, &problem)
        }
    }
}

/// A request as it was sent, proxied or forwarded.
async fn sent(
    functions: Arc<Functions>,
    method: Method,
    path: FullPath,
    query: String,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Http, Infallible> {
    let invocation = InvocationId::from_headers(&headers);
    let request = Request {
        method,
        path: path.as_str().to_owned(),
        query,
        headers,
        body: body.into(),
        ..Request::default()
    };
    Ok(http_response(functions.by_path(request, invocation).await))
}

/// Our response as the HTTP library's.
pub(super) fn http_response(response: Response) -> Http {
    let mut http = Http::new(response.body.into());
    *http.status_mut() = response.status;
    *http.headers_mut() = response.headers;
    http
}

fn text(status: StatusCode, text: &str) -> Http {
    http_response(Response::text(text).with_status(status))
}

fn json(text: String) -> Http {
    let mut http = Http::new(text.into());
    let media_type = HeaderValue::from_static("application/json");
    http.headers_mut().insert(CONTENT_TYPE, media_type);
    http
}

/// The host takes any failure for one, so the status says only whose fault it is.
fn failed(problem: String) -> Http {
    let mut http = json(problem);
    *http.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    http
}
