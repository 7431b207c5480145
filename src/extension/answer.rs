//! The answer to the host. What each outcome becomes is fixed here and nowhere else.
//!
//! An invocation that fails leaves a waiting client's request hanging, since the extension never hears of it. So where
//! somebody waits, a failure travels in a successful answer; where nobody does, the host is told that it failed.

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde_json::value::RawValue;
use sio_protocol::cloud_events::SystemEvent;

use crate::app::OnError;
use crate::handler::{Answer, Response};

use super::actions::Wire;

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
    actions: &'a [Wire<'a>],
}

/// What the extension makes its answer to the service of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Returned<'a> {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    ack: Option<&'a RawValue>,
}

/// A handler has succeeded.
pub(super) fn done(
    answer: &Answer,
    waits: bool,
    actions: &[Wire<'_>],
    logs: &[String],
) -> Response {
    let status_code = match answer {
        Answer::Reject { status, .. } => status.as_u16(),
        _ => 200,
    };
    let ack = match answer {
        Answer::Ack { list, .. } => serde_json::from_str(list).ok(),
        _ => None,
    };
    let return_value = waits.then_some(Returned { status_code, ack });
    write(&Envelope {
        outputs: Outputs { actions },
        logs,
        return_value,
    })
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
    write(&Envelope {
        outputs: Outputs { actions: &[] },
        logs,
        return_value: Some(Returned {
            status_code,
            ack: None,
        }),
    })
}

fn write(envelope: &Envelope<'_>) -> Response {
    let mut text = Vec::with_capacity(512);
    match serde_json::to_writer(&mut text, envelope) {
        Ok(()) => {
            let mut response = Response::status(StatusCode::OK);
            let media_type = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers.insert(CONTENT_TYPE, media_type);
            response.body = text.into();
            response
        }
        // Strings and texts of JSON always serialise; should they not, the host must hear it.
        Err(error) => {
            Response::text(error.to_string()).with_status(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
