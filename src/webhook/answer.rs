//! The answers to the service. What each outcome becomes is fixed here and nowhere else.
//!
//! A 5xx or 408 makes the service send the event again, and a non-success answer to an event may make it drop the
//! connection: neither leaves here unless the author chose it.

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use sio_protocol::names::Namespace;
use sio_protocol::socket::{self, Kind};

use crate::app::OnError;
use crate::handler::Response;

/// Done, nothing to tell.
pub(super) fn nothing() -> Response {
    Response::status(StatusCode::OK)
}

/// Not signed by a service of ours. Says nothing more.
pub(super) fn stranger() -> Response {
    Response::status(StatusCode::UNAUTHORIZED)
}

/// Not an event of the service.
pub(super) fn malformed(problem: &str) -> Response {
    Response::text(problem).with_status(StatusCode::BAD_REQUEST)
}

/// Neither POST, OPTIONS nor GET.
pub(super) fn wrong_method() -> Response {
    Response::status(StatusCode::BAD_REQUEST)
}

/// The client may not join, and this is what it is told.
pub(super) fn rejected(status: StatusCode, message: &str, data: Option<&Value>) -> Response {
    #[derive(Serialize)]
    struct Body<'a> {
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a Value>,
    }
    match Response::json(&Body { message, data }) {
        Ok(response) => response.with_status(status),
        Err(_) => Response::status(status),
    }
}

/// Nothing is registered for the namespace that the client asks for.
pub(super) fn unknown_namespace() -> Response {
    rejected(StatusCode::NOT_FOUND, "Invalid namespace", None)
}

/// The handler that decides about the client failed. Final unless the author wants it asked again.
pub(super) fn connect_failed(policy: OnError) -> Response {
    match policy {
        OnError::Retry => Response::status(StatusCode::INTERNAL_SERVER_ERROR),
        OnError::Log | OnError::Status(_) => rejected(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the app could not decide about this connection",
            None,
        ),
    }
}

/// The handler of an event failed.
pub(super) fn event_failed(policy: OnError) -> Response {
    Response::status(match policy {
        OnError::Log => StatusCode::OK,
        // Checked when the app was built; 500 would be worse than the status that it replaces.
        OnError::Status(code) => StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST),
        OnError::Retry => StatusCode::INTERNAL_SERVER_ERROR,
    })
}

/// The acknowledgement of an event.
pub(super) fn ack(
    namespace: &Namespace,
    id: &str,
    list: &str,
    attachments: &[bytes::Bytes],
) -> Response {
    let kind = if attachments.is_empty() {
        Kind::Ack
    } else {
        Kind::BinaryAck
    };
    let mut packet = String::with_capacity(list.len() + 32);
    socket::write_header(
        &mut packet,
        kind,
        attachments.len(),
        namespace.as_str(),
        Some(id),
    );
    packet.push_str(list);
    socket::write_attachments(&mut packet, attachments);
    Response::text(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_bears_the_namespace_and_the_id_of_its_event() {
        let namespace = Namespace::new("/ns").unwrap();
        assert_eq!(
            ack(&Namespace::main(), "13", "[\"bar\"]", &[]).body,
            "4313[\"bar\"]"
        );
        assert_eq!(ack(&namespace, "0", "[]", &[]).body, "43/ns,0[]");
        let bytes = [bytes::Bytes::from_static(&[1, 2, 3])];
        let list = r#"[{"_placeholder":true,"num":0}]"#;
        assert_eq!(
            ack(&namespace, "7", list, &bytes).body,
            format!("461-/ns,7{list}\u{1e}bAQID")
        );
    }

    #[test]
    fn a_rejection_has_its_message_in_json() {
        assert_eq!(
            unknown_namespace().body,
            r#"{"message":"Invalid namespace"}"#
        );
        assert_eq!(connect_failed(OnError::Log).status, 422);
        let data = serde_json::json!({ "seats": 4 });
        assert_eq!(
            rejected(StatusCode::FORBIDDEN, "full", Some(&data)).body,
            r#"{"message":"full","data":{"seats":4}}"#
        );
    }
}
