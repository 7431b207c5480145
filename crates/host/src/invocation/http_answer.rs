//! The HTTP response that an answer stands for (docs/contracts/functions-host.md, "Named HTTP output" and "Return value
//! as HTTP output").

use std::collections::HashSet;

use bytes::Bytes;

use super::answer::Answer;
use super::outputs::{Value, value};
use super::{InvocationError, dates};
use crate::app::Function;
use crate::json::Json;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// A response, before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl HttpAnswer {
    fn new(status: u16, content_type: Option<&str>, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: content_type.map(str::to_owned),
            headers: Vec::new(),
            body: body.into(),
        }
    }

    fn no_content() -> Self {
        Self::new(204, None, "")
    }
}

/// What the caller of an HTTP-triggered function gets.
pub(crate) fn http_answer(
    function: &Function,
    answer: &Answer,
) -> Result<HttpAnswer, InvocationError> {
    let response = chosen(function, answer)?;
    if matches!(response.status, 204 | 304) && !response.body.is_empty() {
        return Err(InvocationError::Response(format!(
            "a {} cannot have a body",
            response.status
        )));
    }
    Ok(response)
}

fn chosen(function: &Function, answer: &Answer) -> Result<HttpAnswer, InvocationError> {
    if let Some(binding) = function
        .return_binding()
        .filter(|binding| binding.is_kind("http"))
    {
        return match value(binding, function, answer) {
            None => Ok(HttpAnswer::no_content()),
            Some(value) => raw(&value),
        };
    }
    if let Some(binding) = function.outputs().find(|binding| binding.is_kind("http")) {
        // A member of a returned object takes the way of `$return`, so `status` counts there. A type that is
        // not spelt "http" letter for letter is not an HTTP response to the handler's side of the host, but is one
        // here.
        let returned = function.return_binding().is_none()
            && answer.return_value.get_exact(&binding.name).is_some();
        if returned || binding.kind != "http" {
            if let Some(value) = value(binding, function, answer) {
                return raw(&value);
            }
        } else if let Some(outputs) = &answer.outputs {
            return match outputs.get_exact(&binding.name) {
                Some(value) => res(value),
                // The response object with nothing in it, printed.
                None => Ok(HttpAnswer::new(200, Some(TEXT), "{}")),
            };
        }
    }
    Ok(triggers_return(&answer.return_value))
}

/// The HTTP trigger's own way with a return value.
fn triggers_return(value: &Json) -> HttpAnswer {
    match value {
        Json::Null => HttpAnswer::no_content(),
        Json::String(text) => HttpAnswer::new(200, Some(TEXT), text.clone()),
        other => HttpAnswer::new(200, Some(JSON), dates::reread(other.clone()).compact()),
    }
}

/// A value as text: objects and lists indented, dates in the host's own way.
fn printed(value: &Json) -> String {
    match value {
        Json::Object(_) | Json::Array(_) => dates::reread(value.clone()).indented(),
        scalar => dates::text(scalar),
    }
}

fn wrong(what: impl Into<String>) -> InvocationError {
    InvocationError::Response(what.into())
}

/// A named `http` output: four members, `status` not among those that count.
fn res(value: &Json) -> Result<HttpAnswer, InvocationError> {
    let parsed;
    let object = match value {
        Json::String(text) => {
            parsed = Json::first(text).map_err(|_| wrong("the text is not JSON"))?;
            &parsed
        }
        other => other,
    };
    if !matches!(object, Json::Object(_)) {
        return Err(wrong(format!(
            "expected an object, found {}",
            object.kind()
        )));
    }
    let status = match object.get("statusCode") {
        Some(Json::Array(_) | Json::Object(_)) => {
            return Err(wrong("statusCode must be a number or a string"));
        }
        Some(code) => code.dotnet_text().trim().parse().unwrap_or(200),
        None => 200,
    };
    let body = printed(object.get("body").unwrap_or(&Json::Null));
    with_headers(HttpAnswer::new(status, Some(TEXT), body), object)
}

/// A value without a response object around it, or with one of the other kind.
fn raw(value: &Value) -> Result<HttpAnswer, InvocationError> {
    let value = match value {
        Value::Bytes(bytes) => return Ok(HttpAnswer::new(200, None, bytes.clone())),
        Value::Json(value) => value,
    };
    let parsed;
    let value = match value {
        Json::String(text) => match Json::lenient(text) {
            Ok(json) => {
                parsed = json;
                &parsed
            }
            Err(_) => return Ok(HttpAnswer::new(200, Some(TEXT), text.clone())),
        },
        other => other,
    };
    let Some(body) = value.get("body") else {
        return Ok(HttpAnswer::new(200, Some(TEXT), printed(value)));
    };
    let code = value.get("statusCode").or_else(|| value.get("status"));
    let status = match code {
        Some(Json::Number(_) | Json::String(_)) => code
            .and_then(|code| code.dotnet_text().trim().parse().ok())
            .unwrap_or(200),
        _ => 200,
    };
    let body = match body {
        Json::Object(_) => dates::reread(body.clone()).compact(),
        // The name of a .NET type: unintended, but that is what comes (unconfirmed).
        Json::Array(_) => "System.Object[]".to_owned(),
        scalar => dates::text(scalar),
    };
    with_headers(HttpAnswer::new(status, Some(TEXT), body), value)
}

/// Takes over the headers of a response object.
fn with_headers(mut answer: HttpAnswer, object: &Json) -> Result<HttpAnswer, InvocationError> {
    let headers = match object.get("headers") {
        None | Some(Json::Null) => return Ok(answer),
        Some(headers @ Json::Object(_)) => headers,
        Some(other) => {
            return Err(wrong(format!(
                "headers must be an object, found {}",
                other.kind()
            )));
        }
    };
    // The host sets one header after the other, so those before a fault go out with the 500.
    let mut set = HttpAnswer::new(500, None, "");
    let mut known = HashSet::new();
    for (name, value) in headers.members() {
        let text = dates::text(value);
        if text.contains(['\r', '\n'])
            || matches!(value, Json::Null | Json::Array(_) | Json::Object(_))
        {
            let kind = value.kind();
            return Err(InvocationError::Header {
                before: Box::new(set),
                what: format!("the header {name} is {kind}, which cannot be sent"),
            });
        }
        if name.eq_ignore_ascii_case("content-type") {
            set.content_type = Some(with_charset(&text));
        } else if known.insert(name.to_ascii_lowercase()) {
            set.headers.push((name.clone(), text));
        }
    }
    answer.headers = set.headers;
    answer.content_type = set.content_type.or(answer.content_type);
    Ok(answer)
}

/// Text goes out as UTF-8, and the host says so.
fn with_charset(content_type: &str) -> String {
    if content_type.to_ascii_lowercase().contains("charset=") {
        content_type.to_owned()
    } else {
        format!("{content_type}; charset=utf-8")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{App, Variables};
    use crate::invocation::{Parsed, parse};

    fn answered(output: &str, body: &str) -> Result<HttpAnswer, InvocationError> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("host.json"), "{'version':'2.0'}").unwrap();
        std::fs::create_dir(root.path().join("f")).unwrap();
        let bindings = format!(
            "{{'bindings':[{{'type':'httpTrigger','name':'req'}},{{'type':'http','direction':'out','name':'{output}'}}]}}"
        );
        std::fs::write(root.path().join("f/function.json"), bindings).unwrap();
        let app = App::load(root.path(), &Variables::default(), None).unwrap();
        let Parsed::Answer(answer) = parse(200, Some("application/json"), body.as_bytes())? else {
            panic!()
        };
        http_answer(&app.functions[0], &answer)
    }

    fn body(output: &str, answer: &str) -> String {
        String::from_utf8(answered(output, answer).unwrap().body.to_vec()).unwrap()
    }

    #[test]
    fn a_response_given_as_text_is_read_with_its_members() {
        let answer = answered("res", r#"{"Outputs":{"res":"{\"body\":\"foobar\",\"statusCode\":\"301\",\"headers\":{\"header1\":\"a\",\"HEADER1\":\"b\",\"header2\":2}}"}}"#).unwrap();
        assert_eq!((answer.status, &answer.body[..]), (301, &b"foobar"[..]));
        // A header that is there already is left out.
        assert_eq!(
            answer.headers,
            [
                ("header1".to_owned(), "a".to_owned()),
                ("header2".to_owned(), "2".to_owned())
            ]
        );
        assert_eq!(
            answered("res", r#"{"Outputs":{"res":"{\"statusCode\": \"204\"}"}}"#)
                .unwrap()
                .status,
            204
        );
    }

    #[test]
    fn names_inside_outputs_are_case_sensitive() {
        assert_eq!(body("res", r#"{"Outputs":{"Res":{"body":"x"}}}"#), "{}");
    }

    #[test]
    fn a_return_value_besides_outputs_changes_nothing() {
        assert_eq!(
            body(
                "res",
                r#"{"Outputs":{"res":{"body":"my world"}},"ReturnValue":"Hello return"}"#
            ),
            "my world"
        );
    }

    #[test]
    fn a_return_value_alone_goes_out_as_the_trigger_sends_it() {
        let text = answered("res", r#"{"ReturnValue":"hi"}"#).unwrap();
        assert_eq!(
            (text.content_type.as_deref(), &text.body[..]),
            (Some(TEXT), &b"hi"[..])
        );
        let json = answered("res", r#"{"ReturnValue":{"b":1,"a":[2]}}"#).unwrap();
        assert_eq!(
            (json.content_type.as_deref(), &json.body[..]),
            (Some(JSON), &br#"{"b":1,"a":[2]}"#[..])
        );
    }

    #[test]
    fn a_return_values_status_is_read_from_status_or_status_code() {
        for (value, status) in [
            (r#"{"body":"x","status":301}"#, 301),
            (r#"{"body":"x","statusCode":"202"}"#, 202),
            (r#"{"body":"x","statusCode":"invalid"}"#, 200),
            (r#"{"body":"x","statusCode":""}"#, 200),
            (r#"{"body":"x","statusCode":null}"#, 200),
            (r#"{"body":"x","code":202}"#, 200),
            (r#"{"Body":"x","StatusCode":"202","Status":"404"}"#, 202),
            (r#"{"body":null,"status":202}"#, 202),
        ] {
            let answer = answered("$return", &format!("{{\"ReturnValue\":{value}}}")).unwrap();
            assert_eq!(answer.status, status, "{value}");
        }
    }

    #[test]
    fn other_return_values_are_printed() {
        for (value, printed) in [
            (r#""12.50""#, "12.5"),
            ("true", "True"),
            ("5", "5"),
            ("[1]", "[\n  1\n]"),
            (r#"{"statusCode":500}"#, "{\n  \"statusCode\": 500\n}"),
            (r#""{\"body\":\"x\"}""#, "x"),
        ] {
            assert_eq!(
                body("$return", &format!("{{\"ReturnValue\":{value}}}")),
                printed,
                "{value}"
            );
        }
    }

    #[test]
    fn dates_in_bodies_are_written_anew_unless_they_are_inside_a_text() {
        let date = r#"{"at":"2026-04-20T00:00:00.000Z"}"#;
        assert_eq!(
            body(
                "res",
                &format!("{{\"Outputs\":{{\"res\":{{\"body\":{date}}}}}}}")
            ),
            "{\n  \"at\": \"2026-04-20T00:00:00Z\"\n}"
        );
        let text = Json::String(date.to_owned()).compact();
        assert_eq!(
            body(
                "res",
                &format!("{{\"Outputs\":{{\"res\":{{\"body\":{text}}}}}}}")
            ),
            date
        );
    }

    #[test]
    fn headers_before_one_that_cannot_be_sent_go_out_with_the_failure() {
        for fault in ["null", "[\"b\"]", "{}", r#""a\r\nb""#] {
            let res = format!(r#"{{"headers":{{"x":5,"Y":"a","z":{fault},"after":"1"}}}}"#);
            let answer = answered("res", &format!("{{\"Outputs\":{{\"res\":{res}}}}}"));
            let Err(InvocationError::Header { before, what }) = answer else {
                panic!("{res} gives {answer:?}");
            };
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            assert_eq!(before.headers, [pair("x", "5"), pair("Y", "a")]);
            assert_eq!((before.status, &before.content_type), (500, &None));
            assert!(what.starts_with("the header z is "), "{what}");
        }
    }

    #[test]
    fn an_output_that_is_not_a_response_fails_the_invocation() {
        for res in [
            r#""SomeBlah""#,
            "5",
            "[]",
            "null",
            r#"{"headers":{"a":["b"]}}"#,
            r#"{"headers":{"a":null}}"#,
            r#"{"headers":"a"}"#,
            r#"{"statusCode":{}}"#,
            r#"{"statusCode":204,"body":"x"}"#,
        ] {
            let answer = answered("res", &format!("{{\"Outputs\":{{\"res\":{res}}}}}"));
            assert!(answer.is_err(), "{res} gives {answer:?}");
        }
    }
}
