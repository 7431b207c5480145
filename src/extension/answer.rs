//! The answer to the host. What each outcome becomes is fixed here and nowhere else.
//!
//! An invocation that fails leaves a waiting client's request hanging, since the extension never hears of it. So if the
//! client waits for an acknowledgement, a failure travels in a successful answer; otherwise the invocation fails.

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde_json::value::RawValue;
use sio_protocol::cloud_events::SystemEvent;

use super::actions::Act;
use crate::app::OnError;
use crate::handler::{Answer, Failure, Response};

/// The envelope of an answer. Every member is always there.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    outputs: Outputs<'a>,
    logs: &'a [String],
    return_value: Option<Returned<'a>>,
}

#[derive(Serialize)]
struct Outputs<'a> {
    actions: &'a [Act<'a>],
}

/// What the extension makes its own answer to the service of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Returned<'a> {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    ack: Option<&'a RawValue>,
}

/// A handler has succeeded, and the extension is to do this.
///
/// # Errors
/// The answer cannot be written as JSON.
pub(super) fn done(
    acts: &[Act<'_>],
    answer: &Answer,
    waits: bool,
    logs: &[String],
) -> Result<Response, Failure> {
    let returned = |status_code, ack| Returned { status_code, ack };
    let returned = match answer {
        _ if !waits => None,
        Answer::Reject { status, .. } => Some(returned(status.as_u16(), None)),
        Answer::Ack { list, .. } => {
            let list: &RawValue = serde_json::from_str(list).map_err(unwritable)?;
            Some(returned(200, Some(list)))
        }
        _ => Some(returned(200, None)),
    };
    envelope(acts, returned, logs)
}

/// A handler has failed, and only the host waits.
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
    let returned = Returned {
        status_code,
        ack: None,
    };
    envelope(&[], Some(returned), logs).unwrap_or_else(|_| failed())
}

fn envelope(
    acts: &[Act<'_>],
    return_value: Option<Returned<'_>>,
    logs: &[String],
) -> Result<Response, Failure> {
    let body = serde_json::to_vec(&Envelope {
        outputs: Outputs { actions: acts },
        logs,
        return_value,
    });
    let mut response = Response::status(StatusCode::OK);
    let media_type = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers.insert(CONTENT_TYPE, media_type);
    response.body = body.map_err(unwritable)?.into();
    Ok(response)
}

fn unwritable(error: serde_json::Error) -> Failure {
    Failure::Failed(anyhow::Error::new(error).context("cannot write the answer to the host"))
}
