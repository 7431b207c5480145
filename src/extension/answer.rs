//! The answer to the host. What each outcome becomes is fixed here and nowhere else.
//!
//! An invocation that fails leaves a waiting client's request hanging, since the extension never hears of it. So where
//! somebody waits, a failure travels in a successful answer; where nobody does, the host is told that it failed.

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use sio_protocol::cloud_events::SystemEvent;
use sio_protocol::names::HubName;

use crate::app::OnError;
use crate::handler::{Answer, Response};
use crate::io::Action;

use super::actions;
use super::json::Json;

/// The beginning of an answer that has the extension do all this. There is none if something is beyond it.
pub(super) fn with(actions: &[Action], hub: &HubName) -> Option<Json> {
    let mut json = Json::new();
    json.raw(r#"{"Outputs":{"actions":"#);
    actions::write(actions, hub, &mut json)?;
    Some(json)
}

/// The beginning of an answer that has the extension do nothing.
pub(super) fn without() -> Json {
    let mut json = Json::new();
    json.raw(r#"{"Outputs":{"actions":[]"#);
    json
}

/// A handler has succeeded.
pub(super) fn done(begun: Json, answer: &Answer, waits: bool, logs: &[String]) -> Response {
    let returned = match answer {
        _ if !waits => None,
        Answer::Reject { status, .. } => Some((status.as_u16(), None)),
        Answer::Ack { list, .. } => Some((200, Some(list.as_str()))),
        _ => Some((200, None)),
    };
    close(begun, returned, logs)
}

/// A handler has failed, and nobody waits but the host.
pub(super) fn failed() -> Response {
    Response::text("the handler failed; see the log").with_status(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A handler has failed, and a client waits: the hub's policy says what the service is told.
pub(super) fn told(system: Option<SystemEvent>, policy: OnError, logs: &[String]) -> Response {
    let status_code = match (system, policy) {
        (_, OnError::Retry) => 500,
        (Some(SystemEvent::Connect), _) => 422,
        (_, OnError::Status(code)) => code,
        (_, OnError::Log) => 200,
    };
    close(without(), Some((status_code, None)), logs)
}

/// Ends an answer behind its actions: with the lines of the log, and with what the extension makes its own answer to the
/// service of. Every member is always there.
fn close(mut json: Json, returned: Option<(u16, Option<&str>)>, logs: &[String]) -> Response {
    json.raw(r#"},"Logs":"#)
        .texts(logs)
        .raw(r#","ReturnValue":"#);
    match returned {
        None => json.raw("null"),
        Some((status, ack)) => {
            json.raw(r#"{"statusCode":"#).raw(&status.to_string());
            if let Some(list) = ack {
                json.raw(r#","ack":"#).raw(list);
            }
            json.raw("}")
        }
    };
    json.raw("}");
    let mut response = Response::status(StatusCode::OK);
    let media_type = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers.insert(CONTENT_TYPE, media_type);
    response.body = json.into_bytes().into();
    response
}
