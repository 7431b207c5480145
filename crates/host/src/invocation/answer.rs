//! Reading the handler's answer (docs/contracts/functions-host.md, "Parse pipeline" and "Answer object").

use super::{InvocationError, charset, dates};
use crate::json::Json;

/// The envelope of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// `Outputs`; none when absent or null.
    pub(crate) outputs: Option<Json>,
    pub(crate) logs: Vec<String>,
    /// `ReturnValue`; null when absent.
    pub(crate) return_value: Json,
}

/// What an answer comes to.
#[derive(Debug, PartialEq)]
pub(crate) enum Parsed {
    Answer(Answer),
    /// An empty body or `null`: the host neither completes nor fails the invocation.
    Nothing,
}

/// Reads an answer.
pub(crate) fn parse(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Parsed, InvocationError> {
    if !(200..300).contains(&status) {
        return Err(InvocationError::Status(status));
    }
    if body.is_empty() {
        return Ok(Parsed::Nothing);
    }
    let media = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if !["application/json", "text/json"]
        .iter()
        .any(|json| media.eq_ignore_ascii_case(json))
    {
        let found = if media.is_empty() {
            "none".to_owned()
        } else {
            format!("\"{media}\"")
        };
        return Err(InvocationError::ContentType { found });
    }
    let malformed = |what: String| InvocationError::Malformed {
        status,
        length: body.len(),
        what,
    };
    let text = charset::text(content_type, body).map_err(|error| malformed(error.to_string()))?;
    let document = Json::first(&text).map_err(|error| malformed(error.to_string()))?;
    match &document {
        Json::Null => return Ok(Parsed::Nothing),
        Json::Object(_) => {}
        other => {
            return Err(malformed(format!(
                "expected an object, found {}",
                other.kind()
            )));
        }
    }
    let outputs = match document.get("Outputs") {
        None | Some(Json::Null) => None,
        Some(outputs @ Json::Object(_)) => Some(outputs.clone()),
        Some(other) => {
            return Err(malformed(format!(
                "Outputs must be an object, found {}",
                other.kind()
            )));
        }
    };
    let logs = match document.get("Logs") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(lines)) => {
            if lines
                .iter()
                .any(|line| matches!(line, Json::Array(_) | Json::Object(_)))
            {
                return Err(malformed("Logs must be a list of strings".to_owned()));
            }
            lines.iter().map(dates::text).collect()
        }
        Some(other) => {
            return Err(malformed(format!(
                "Logs must be a list of strings, found {}",
                other.kind()
            )));
        }
    };
    let return_value = document.get("ReturnValue").cloned().unwrap_or(Json::Null);
    Ok(Parsed::Answer(Answer {
        outputs,
        logs,
        return_value,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Option<&str> = Some("application/json; charset=utf-8");

    fn answer(body: &str) -> Answer {
        match parse(200, JSON, body.as_bytes()).unwrap() {
            Parsed::Answer(answer) => answer,
            Parsed::Nothing => panic!("nothing"),
        }
    }

    #[test]
    fn members_are_found_in_any_case_and_may_be_absent() {
        let read = answer(r#"{"outputs":{"a":1},"LOGS":["x",2],"returnValue":"y"}"#);
        assert_eq!(read.logs, ["x", "2"]);
        assert_eq!(read.return_value.as_str(), Some("y"));
        assert!(answer(r#"{"Logs":null}"#).logs.is_empty());
    }

    #[test]
    fn unknown_members_alone_are_an_empty_success() {
        let read = answer(r#"{"key1":"value1"}"#);
        assert_eq!((read.outputs, read.return_value), (None, Json::Null));
    }

    #[test]
    fn text_another_content_type_or_an_error_status_fails_an_invocation() {
        assert!(matches!(
            parse(200, JSON, b"Hello World"),
            Err(InvocationError::Malformed { status: 200, .. })
        ));
        assert!(matches!(
            parse(200, Some("text/plain"), b"{}"),
            Err(InvocationError::ContentType { .. })
        ));
        assert!(matches!(
            parse(200, None, b"{}"),
            Err(InvocationError::ContentType { .. })
        ));
        assert!(matches!(
            parse(400, JSON, b"{}"),
            Err(InvocationError::Status(400))
        ));
        assert!(parse(200, JSON, br#"{"Logs":"x"}"#).is_err());
        assert!(parse(200, JSON, br#"{"Logs":[{}]}"#).is_err());
        assert!(parse(200, JSON, b"[]").is_err());
    }

    #[test]
    fn an_empty_or_null_answer_is_neither_success_nor_failure() {
        assert_eq!(parse(200, JSON, b"").unwrap(), Parsed::Nothing);
        assert_eq!(parse(204, None, b"").unwrap(), Parsed::Nothing);
        assert_eq!(parse(200, JSON, b"null").unwrap(), Parsed::Nothing);
    }
}
