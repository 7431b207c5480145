//! What a client reads when it is not let into a namespace (D4).

use serde_json::{Value, json};

use crate::webhook::{Answer, Failure};

/// Bytes of a plain text that a refused client reads. A longer one is a page, not a reason (D4).
const LONGEST_TEXT: usize = 256;

/// The error of an answer: its own `message` and `data`, its short text, or its status.
pub(super) fn of_answer(answer: &Answer) -> Value {
    let body = answer.body.trim();
    match serde_json::from_str::<Value>(body) {
        Ok(Value::Object(mut object)) => {
            if let Some(Value::String(message)) = object.remove("message") {
                let mut error = json!({ "message": message });
                if let Some(data) = object.remove("data") {
                    error["data"] = data;
                }
                return error;
            }
        }
        Ok(Value::String(text)) if !text.is_empty() && text.len() <= LONGEST_TEXT => {
            return json!({ "message": text });
        }
        _ if !body.is_empty() && body.len() <= LONGEST_TEXT && !body.starts_with('<') => {
            return json!({ "message": body });
        }
        _ => {}
    }
    let status = answer.status.as_u16();
    json!({ "message": format!("Connection rejected with status {status}") })
}

/// The error for a namespace that no webhook can name.
pub(super) fn of_namespace() -> Value {
    json!({ "message": "Invalid namespace: it has a character that no header can carry" })
}

/// The error if no handler takes `connect` and the settings do not accept that.
pub(super) fn of_nobody() -> Value {
    json!({ "message": "Connection rejected: no event handler takes connect" })
}

/// The error when there is no answer. What exactly went wrong is for the log.
pub(super) fn of_failure(failure: &Failure) -> Value {
    let message = match failure {
        // The user is the only text of a client in the headers of its connect webhook, besides the namespace.
        Failure::Unsendable(_) => {
            "Connection rejected: the user id or the namespace has a character that no header can carry"
        }
        Failure::Deadline(_) => "Connection rejected: the event handler did not answer in time",
        _ => "Connection rejected: the event handler could not be reached",
    };
    json!({ "message": message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    #[test]
    fn the_best_text_is_passed_on() {
        let error = |body: &str| {
            let answer = Answer {
                status: StatusCode::UNAUTHORIZED,
                headers: http::HeaderMap::new(),
                body: body.into(),
                tries: 1,
            };
            of_answer(&answer).to_string()
        };
        let by_status = r#"{"message":"Connection rejected with status 401"}"#;
        assert_eq!(error(""), by_status);
        assert_eq!(error("no entry"), r#"{"message":"no entry"}"#);
        assert_eq!(error("\"no entry\""), r#"{"message":"no entry"}"#);
        assert_eq!(error(r#"{"x":1}"#), by_status);
        assert_eq!(error("<html></html>"), by_status);
        assert_eq!(error(&"x".repeat(300)), by_status);
        assert_eq!(
            error(r#"{"message":"nope","data":{"code":7},"x":1}"#),
            r#"{"data":{"code":7},"message":"nope"}"#
        );
    }
}
