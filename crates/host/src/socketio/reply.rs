//! What a function returned, as the answer to the service (docs/contracts/socketio-extension.md, "Function response").

use http::StatusCode;

use super::packet;
use crate::invocation::dates;
use crate::json::Json;

/// The webhook's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// Plain text; none is an empty body.
    pub(crate) text: Option<String>,
}

impl Reply {
    pub(crate) fn of(status: StatusCode) -> Self {
        Self { status, text: None }
    }

    pub(crate) fn error(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            text: Some(text.into()),
        }
    }
}

/// The receiver of the answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked<'a> {
    Connect,
    /// A user event that bears an ack id.
    Ack {
        namespace: &'a str,
        id: i32,
    },
}

/// The answer for a return value. Dates in it are written anew, as the original does.
pub(crate) fn reply(asked: Asked<'_>, returned: &Json) -> Reply {
    let parsed;
    let object = match returned {
        // Numbers and the like are logged and ignored.
        Json::Null | Json::Bool(_) | Json::Number(_) => return Reply::of(StatusCode::OK),
        Json::Array(_) => return Reply::error("Response should be a JObject."),
        Json::String(text) => match Json::lenient(text) {
            Ok(document @ Json::Object(_)) => {
                parsed = document;
                &parsed
            }
            Ok(other) => {
                return Reply::error(format!(
                    "Error reading JObject from JsonReader. Current JsonReader item is not an object: {}.",
                    other.kind()
                ));
            }
            Err(error) => return Reply::error(error.to_string()),
        },
        object => object,
    };
    let status = match status(object.get_exact("statusCode")) {
        Ok(status) => status,
        Err(reply) => return reply,
    };
    let Asked::Ack { namespace, id } = asked else {
        return Reply::of(status);
    };
    match object.get_exact("ack") {
        None | Some(Json::Null) => Reply::of(status),
        // An empty list is not an acknowledgement.
        Some(Json::Array(list)) if list.is_empty() => Reply::of(status),
        Some(list @ Json::Array(_)) => {
            let Json::Array(arguments) = dates::reread(list.clone()) else {
                return Reply::of(status);
            };
            Reply {
                status,
                text: Some(packet::ack(namespace, id, &arguments)),
            }
        }
        Some(other) => Reply::error(format!(
            "the member ack must be a list, found {}",
            other.kind()
        )),
    }
}

fn status(found: Option<&Json>) -> Result<StatusCode, Reply> {
    let wrong = |what: String| Reply::error(format!("the member statusCode {what}"));
    let code = match found {
        None => return Ok(StatusCode::OK),
        Some(Json::Number(number)) => number.as_i64().and_then(|code| u16::try_from(code).ok()),
        Some(Json::String(text)) => text.trim().parse().ok().or_else(|| named(text.trim())),
        Some(other) => return Err(wrong(format!("is {}", other.kind()))),
    };
    code.and_then(|code| StatusCode::from_u16(code).ok())
        // Only a final answer can be sent.
        .filter(|code| code.as_u16() >= 200)
        .ok_or_else(|| wrong("is not a status".to_owned()))
}

/// A status by its .NET name: the reason phrase without its spaces, but for a few.
fn named(name: &str) -> Option<u16> {
    const OTHERS: &[(&str, u16)] = &[
        ("Ambiguous", 300),
        ("Moved", 301),
        ("Redirect", 302),
        ("RedirectMethod", 303),
        ("RedirectKeepVerb", 307),
        ("RequestEntityTooLarge", 413),
        ("RequestUriTooLong", 414),
        ("RequestedRangeNotSatisfiable", 416),
        ("UnprocessableContent", 422),
    ];
    let other = OTHERS
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(name));
    other.map(|(_, code)| *code).or_else(|| {
        (100..600).find(|code| {
            let reason = StatusCode::from_u16(*code)
                .ok()
                .and_then(|status| status.canonical_reason());
            reason.is_some_and(|reason| {
                reason
                    .chars()
                    .filter(char::is_ascii_alphabetic)
                    .collect::<String>()
                    .eq_ignore_ascii_case(name)
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(asked: Asked<'_>, returned: &str) -> (u16, Option<String>) {
        let reply = reply(asked, &Json::lenient(returned).unwrap());
        (reply.status.as_u16(), reply.text)
    }

    #[test]
    fn the_published_acknowledgements() {
        let ack = |namespace, id, returned: &str| answered(Asked::Ack { namespace, id }, returned);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            ack("/", 13, r#"{"ack":["bar"]}"#),
            (200, text(r#"4313["bar"]"#))
        );
        assert_eq!(
            ack("/ns", 0, r#""{\"ack\":[1,\"a\",{\"x\":null}]}""#),
            (200, text(r#"43/ns,0[1,"a",{"x":null}]"#))
        );
        assert_eq!(ack("/", 7, r#"{"ack":[]}"#), (200, None));
        assert_eq!(ack("/", 7, r#"{"ack":[null]}"#), (200, text("437[null]")));
        assert_eq!(
            ack("/", 7, r#"{"statusCode":202,"ack":["ok"]}"#),
            (202, text(r#"437["ok"]"#))
        );
        assert_eq!(
            ack("/", 7, r#"{"ack":["2024-01-01T00:00:00.000Z"]}"#),
            (200, text(r#"437["2024-01-01T00:00:00Z"]"#))
        );
        assert_eq!(ack("/", 7, "{\"ack\":1}").0, 500);
    }

    #[test]
    fn what_a_connect_comes_to() {
        let connect = |returned| answered(Asked::Connect, returned);
        for (returned, status) in [
            ("null", 200),
            ("5", 200),
            ("{}", 200),
            (r#"{"statusCode":401}"#, 401),
            (r#"{"statusCode":"BadRequest"}"#, 400),
            (r#"{"statusCode":"400"}"#, 400),
            (r#"{"statuscode":400}"#, 200),
            (r#"{"statusCode":null}"#, 500),
            (r#"{"statusCode":{}}"#, 500),
            (r#"{"statusCode":"nonsense"}"#, 500),
            (r#"{"statusCode":1000}"#, 500),
            (r#""nonsense""#, 500),
            (r#""[1]""#, 500),
        ] {
            assert_eq!(connect(returned).0, status, "{returned}");
        }
        assert_eq!(
            connect("[]"),
            (500, Some("Response should be a JObject.".to_owned()))
        );
    }
}
