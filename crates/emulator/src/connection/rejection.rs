//! What a client reads when it is not let into a namespace (D4).

use serde_json::{Value, json};
use sio_protocol::cloud_events::header;

use crate::webhook::{Answer, Failure};

/// The longest plain text, in bytes, that is passed to a refused client; longer text is a page.
const LONGEST_TEXT: usize = 256;

/// The error of an answer: its own `message` and `data`, its short text, or its status.
pub(super) fn of_answer(answer: &Answer) -> Value {
    let body = answer.body.trim();
    let is_reason = |text: &str| text.len() <= LONGEST_TEXT && !text.starts_with('<');
    let (text, data) = match serde_json::from_str(body) {
        Ok(Value::Object(mut object)) => (object.remove("message"), object.remove("data")),
        Ok(Value::String(text)) if is_reason(&text) => (Some(text.into()), None),
        Err(_) if is_reason(body) => (Some(body.into()), None),
        // Other JSON is not a text for people.
        _ => (None, None),
    };
    let Some(Value::String(text)) = text.filter(|text| text != "") else {
        let status = answer.status.as_u16();
        return json!({ "message": format!("Connection rejected with status {status}") });
    };
    let mut error = json!({ "message": text });
    if let Some(data) = data {
        error["data"] = data;
    }
    error
}

/// The error for a namespace that no client can join.
pub(super) fn of_namespace(problem: &str) -> Value {
    json!({ "message": format!("Invalid namespace: {problem}") })
}

/// The error for a namespace beyond the number that a connection may have.
pub(super) fn of_number(most: usize) -> Value {
    json!({ "message": format!("Connection rejected: it has {most} namespaces already, the most that one connection may join or ask for") })
}

/// The error if no handler takes `connect` and the settings do not accept that.
pub(super) fn of_unmatched() -> Value {
    json!({ "message": "Connection rejected: no event handler takes connect" })
}

/// The error when there is no answer. What exactly went wrong is for the log.
pub(super) fn of_failure(failure: &Failure) -> Value {
    let reason = match failure {
        Failure::Unsendable(name) => match name.as_str() {
            header::USER_ID => "the user id has a character that no header can carry",
            header::NAMESPACE => "the namespace has a character that no header can carry",
            _ => "the event handler could not be called",
        },
        Failure::Template(_) | Failure::Client(_) => "the event handler could not be called",
        Failure::Validation(_) => "the event handler's URL did not pass validation",
        Failure::Deadline(_) => "the event handler did not answer in time",
        Failure::Network(_) | Failure::Unvalidated(_) => "the event handler could not be reached",
        Failure::Body(_) => "the event handler's answer could not be read",
    };
    json!({ "message": format!("Connection rejected: {reason}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    #[test]
    fn an_answer_gives_its_own_text_or_its_status() {
        let error = |body: &str| {
            let answer = Answer {
                status: StatusCode::UNAUTHORIZED,
                headers: http::HeaderMap::new(),
                body: body.into(),
                tries: 1,
            };
            of_answer(&answer).to_string()
        };
        let long = "x".repeat(257);
        for body in [
            "",
            " ",
            "\"\"",
            "null",
            "42",
            "[1]",
            "true",
            r#"{"x":1}"#,
            r#"{"message":""}"#,
            r#"{"message":7}"#,
            "<html></html>",
            "\"<html></html>\"",
            &long,
            &format!("\"{long}\""),
        ] {
            let by_status = r#"{"message":"Connection rejected with status 401"}"#;
            assert_eq!(error(body), by_status, "{body}");
        }
        for body in [
            "no entry",
            " no entry\n",
            "\"no entry\"",
            r#"{"message":"no entry"}"#,
        ] {
            assert_eq!(error(body), r#"{"message":"no entry"}"#, "{body}");
        }
        let message = json!({ "message": long }).to_string();
        assert_eq!(error(&message), message);
        assert_eq!(
            error(r#"{"message":"nope","data":{"code":7},"x":1}"#),
            r#"{"data":{"code":7},"message":"nope"}"#
        );
    }

    #[test]
    fn a_failure_is_not_blamed_on_someone_else() {
        let unsendable = |header: &str| Failure::Unsendable(header.to_owned());
        for (failure, reason) in [
            (unsendable("ce-userid"), "the user id has"),
            (unsendable("ce-namespace"), "the namespace has"),
            (unsendable("authorization"), "could not be called"),
            (Failure::Client("x".to_owned()), "could not be called"),
            (
                Failure::Validation("x".to_owned()),
                "did not pass validation",
            ),
            (Failure::Unvalidated("x".to_owned()), "could not be reached"),
            (Failure::Network("x".to_owned()), "could not be reached"),
            (Failure::Body("x".to_owned()), "could not be read"),
        ] {
            let shown = of_failure(&failure).to_string();
            assert!(shown.contains(reason), "{failure:?}: {shown}");
        }
    }
}
