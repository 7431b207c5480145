//! The JSON envelope: how the host hands a request over when it neither proxies nor forwards it.
//!
//! Source: docs/contracts/functions-host.md, "HTTP request object" and "Named HTTP output".

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::json;
use sio_protocol::surrogates;

use crate::arguments::Bytes;
use crate::handler::{PlatformIdentity, Request, Response};
use crate::json_error::without_values;
use crate::json_net::is_date;

/// The binding name of requests in every function.json that we generate.
const REQUEST: &str = "req";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    data: HashMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wrapped {
    url: String,
    method: String,
    #[serde(default)]
    headers: HashMap<String, Vec<String>>,
    #[serde(default)]
    params: HashMap<String, Option<String>>,
    body: Option<String>,
    #[serde(default)]
    identities: Option<Vec<PlatformIdentity>>,
}

/// The members of an invocation by another trigger; a missing one reads as empty.
type Members = serde_json::Map<String, serde_json::Value>;

/// Takes the data and the metadata of an invocation that no HTTP request caused out of its envelope.
///
/// # Errors
/// What is wrong with the envelope.
pub(super) fn trigger(body: &[u8]) -> Result<(Members, Members), String> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Triggered {
        data: Option<Members>,
        metadata: Option<Members>,
    }
    let body = surrogates::replace_lone_surrogates_in_bytes(body);
    let Triggered { data, metadata } = serde_json::from_slice(&body).map_err(|error| {
        format!(
            "the invocation is not the expected JSON: {}",
            without_values(&error)
        )
    })?;
    Ok((data.unwrap_or_default(), metadata.unwrap_or_default()))
}

/// Takes a request out of its envelope.
///
/// # Errors
/// What is wrong with the envelope.
pub(super) fn open(body: &[u8]) -> Result<Request, String> {
    let body = surrogates::replace_lone_surrogates_in_bytes(body);
    let mut envelope: Envelope = serde_json::from_slice(&body).map_err(|error| {
        format!(
            "the invocation is not the expected JSON: {}",
            without_values(&error)
        )
    })?;
    let wrapped = envelope
        .data
        .remove(REQUEST)
        .ok_or_else(|| format!("the invocation has no Data.{REQUEST}"))?;
    let wrapped: Wrapped = serde_json::from_value(wrapped).map_err(|error| {
        format!(
            "Data.{REQUEST} is not an HTTP request: {}",
            without_values(&error)
        )
    })?;
    let url = url::Url::parse(&wrapped.url)
        .map_err(|error| format!("Data.{REQUEST}.Url is not a URL: {error}"))?;
    let method = Method::from_bytes(wrapped.method.as_bytes())
        .map_err(|_| format!("Data.{REQUEST}.Method is not an HTTP method"))?;

    let headers = headers(wrapped.headers);
    let body = match wrapped.body {
        Some(text) if is_base64(&headers) => STANDARD
            .decode(text)
            .map_err(|_| format!("Data.{REQUEST}.Body is not base64"))?
            .into(),
        Some(text) => Bytes::from(text),
        None => Bytes::new(),
    };
    let params = wrapped.params.into_iter();
    Ok(Request {
        method,
        path: url.path().to_owned(),
        query: url.query().unwrap_or_default().to_owned(),
        headers,
        body,
        params: params
            .filter_map(|(name, value)| Some((name, value?)))
            .collect(),
        identities: wrapped.identities.unwrap_or_default(),
    })
}

fn headers(wrapped: HashMap<String, Vec<String>>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, values) in wrapped {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            continue;
        };
        for value in values {
            // Bytes, not text: users and events may have names outside ASCII.
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                // There are more headers than a map can hold only if the caller means to do harm.
                let _ = headers.try_append(&name, value);
            }
        }
    }
    headers
}

/// Whether the host wrote the body as base64, which depends on the media type alone.
fn is_base64(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let media_type = media_type.unwrap_or_default().to_ascii_lowercase();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type == "application/octet-stream" || media_type.contains("multipart/")
}

/// Puts a response into the envelope of an answer, with the lines that the host is to log.
///
/// # Errors
/// The response cannot be expressed: the host has no way to pass bytes that are not text, or two headers of one name.
pub(super) fn close(response: &Response, logs: &[String]) -> Result<String, String> {
    let body = std::str::from_utf8(&response.body).map_err(|_| {
        "the response is not text, which the host can only pass on when customHandler.enableProxyingHttpRequest is true in host.json"
            .to_owned()
    })?;
    let mut headers = serde_json::Map::new();
    for (name, value) in &response.headers {
        let value = value
            .to_str()
            .map_err(|_| format!("the response header {name} is not ASCII"))?;
        if is_date(value) {
            return Err(rewritten(&format!("header {name}")));
        }
        if headers.insert(name.to_string(), json!(value)).is_some() {
            return Err(format!(
                "the response has two headers {name}, which the host can only pass on when customHandler.enableProxyingHttpRequest is true in host.json"
            ));
        }
    }
    if is_date(body) {
        return Err(rewritten("body"));
    }
    let status = response.status.as_u16();
    // A body beside 204 or 304 makes the host's server fail.
    let body = if matches!(status, 204 | 304) {
        ""
    } else {
        body
    };
    let answer = json!({
        "Outputs": {
            "res": { "statusCode": status.to_string(), "headers": headers, "body": body },
        },
        "Logs": logs,
        "ReturnValue": null,
    });
    Ok(answer.to_string())
}

/// The host reads a text that is a date, and writes it in a form of its own.
fn rewritten(what: &str) -> String {
    format!(
        "the response's {what} is a date and nothing else, which the host only passes on as it is when customHandler.enableProxyingHttpRequest is true in host.json"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrapped(content_type: &str, body: &str) -> Vec<u8> {
        json!({
            "Data": { "req": {
                "Url": "http://localhost:7071/api/rooms/a%20b?x=1&x=2",
                "Method": "POST",
                "Query": { "x": "1,2" },
                "Headers": { "Content-Type": [content_type], "ce-userId": ["Zoë"], "A": ["1", "2"] },
                "Params": { "room": "a b", "optional": null },
                "Identities": [],
                "Body": body,
            } },
            "Metadata": { "sys": {} },
        })
        .to_string()
        .into_bytes()
    }

    #[test]
    fn a_request_comes_out_as_it_was_sent() {
        let request = open(&wrapped("text/plain", "42[\"chat\"]")).unwrap();
        assert_eq!(request.method, Method::POST);
        assert_eq!(request.path, "/api/rooms/a%20b");
        assert_eq!(request.query, "x=1&x=2");
        assert_eq!(request.param("room"), Some("a b"));
        assert_eq!(request.param("optional"), None);
        assert_eq!(request.body, "42[\"chat\"]");
        assert_eq!(request.headers.get_all("a").iter().count(), 2);
        assert_eq!(request.headers["ce-userid"].as_bytes(), "Zoë".as_bytes());
    }

    #[test]
    fn bytes_are_base64_by_media_type_alone() {
        let octets = open(&wrapped("application/octet-stream", "AQID")).unwrap();
        assert_eq!(octets.body, [1, 2, 3].as_slice());
        let text = open(&wrapped("text/plain", "AQID")).unwrap();
        assert_eq!(text.body, "AQID");
        assert!(open(&wrapped("multipart/form-data; boundary=x", "!")).is_err());
    }

    #[test]
    fn a_broken_envelope_says_what_is_wrong() {
        for (body, name) in [
            ("", "JSON"),
            ("{}", "Data"),
            (r#"{"Data":{}}"#, "Data.req"),
            (r#"{"Data":{"req":"x"}}"#, "Data.req"),
            (r#"{"Data":{"req":{"Url":"x","Method":"GET"}}}"#, "Url"),
        ] {
            let error = open(body.as_bytes()).unwrap_err();
            assert!(
                error.to_lowercase().contains(&name.to_lowercase()),
                "{error}"
            );
        }
    }

    #[test]
    fn a_response_goes_in_with_a_status_of_digits() {
        let response = Response::text("hi").with_status(http::StatusCode::CREATED);
        let answer: serde_json::Value =
            serde_json::from_str(&close(&response, &["line".to_owned()]).unwrap()).unwrap();
        assert_eq!(answer["Outputs"]["res"]["statusCode"], "201");
        assert_eq!(answer["Outputs"]["res"]["body"], "hi");
        assert_eq!(answer["Logs"], json!(["line"]));
    }

    #[test]
    fn what_the_host_cannot_pass_on_is_an_error() {
        assert!(close(&Response::bytes("image/png", vec![0xff]), &[]).is_err());
        let mut twice = Response::text("x");
        for value in ["a=1", "b=2"] {
            twice.headers.append("set-cookie", value.parse().unwrap());
        }
        assert!(close(&twice, &[]).unwrap_err().contains("set-cookie"));
        // The host would write it as another text.
        let date = "2024-01-01T00:00:00.000Z";
        let error = close(&Response::text(date), &[]).unwrap_err();
        assert!(error.contains("body"), "{error}");
        let mut dated = Response::text(format!("at {date}"));
        assert!(close(&dated, &[]).is_ok());
        dated.headers.insert("x-at", date.parse().unwrap());
        let error = close(&dated, &[]).unwrap_err();
        assert!(error.contains("x-at"), "{error}");
    }

    proptest! {
        #[test]
        fn a_request_survives_its_envelope(
            body: String,
            headers in proptest::collection::hash_map("x-[a-z]{1,8}", proptest::collection::vec("[!-~]{1,12}", 1..3), 0..4),
            params in proptest::collection::hash_map("[a-z]{1,8}", any::<String>(), 0..4),
            query in "[a-z=&%0-9]{0,20}",
        ) {
            let url = if query.is_empty() { "http://h/api/x".to_owned() } else { format!("http://h/api/x?{query}") };
            let written = json!({ "Data": { "req": {
                "Url": url, "Method": "PATCH", "Headers": headers, "Params": params, "Body": body,
            } } });
            let request = open(written.to_string().as_bytes()).unwrap();
            prop_assert_eq!(request.body, body);
            prop_assert_eq!(request.params, params);
            prop_assert_eq!(request.query, query);
            for (name, values) in &headers {
                let found: Vec<_> = request.headers.get_all(name.as_str()).iter().map(|v| v.to_str().unwrap()).collect();
                prop_assert_eq!(found, values.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }

        /// A response is whole in the answer, or refused with the name of what the host would change.
        #[test]
        fn a_response_survives_its_envelope(
            body in prop_oneof![3 => any::<String>(), 1 => Just("2024-01-01T00:00:00Z".to_owned())],
            headers in proptest::collection::btree_map("x-[a-z]{1,8}", "[!-~]{1,12}", 0..4),
            status in (200..600_u16).prop_filter("no body beside these", |status| ![204, 304].contains(status)),
            logs: Vec<String>,
        ) {
            let mut response = Response::bytes("text/plain", body.clone());
            response.status = http::StatusCode::from_u16(status).unwrap();
            for (name, value) in &headers {
                response.headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
            }
            let closed = close(&response, &logs);
            if is_date(&body) {
                prop_assert!(closed.unwrap_err().contains("body"));
            } else {
                let answer: serde_json::Value = serde_json::from_str(&closed.unwrap()).unwrap();
                let mut expected = json!(headers);
                expected["content-type"] = json!("text/plain");
                let res = json!({ "statusCode": status.to_string(), "headers": expected, "body": body });
                prop_assert_eq!(answer, json!({ "Outputs": { "res": res }, "Logs": logs, "ReturnValue": null }));
            }
        }

        #[test]
        fn data_and_metadata_survive_their_envelope(
            data in proptest::collection::hash_map(any::<String>(), any::<String>(), 0..4),
            metadata in proptest::collection::hash_map(any::<String>(), any::<f64>(), 0..4),
        ) {
            let written = json!({ "Data": data, "Metadata": metadata, "Other": 1 });
            let (found, about) = trigger(written.to_string().as_bytes()).unwrap();
            prop_assert_eq!(serde_json::Value::from(found), json!(data));
            prop_assert_eq!(serde_json::Value::from(about), json!(metadata));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, text in "[{}\\[\\]\":,a-zA-Z0-9 .]{0,60}") {
            let _ = open(&bytes);
            let _ = trigger(&bytes);
            let _ = open(text.as_bytes());
            let _ = trigger(text.as_bytes());
        }

        #[test]
        fn no_request_member_panics(url: String, method: String, headers in proptest::collection::hash_map(any::<String>(), proptest::collection::vec(any::<String>(), 0..2), 0..3), body: Option<String>) {
            let written = json!({ "Data": { "req": { "Url": url, "Method": method, "Headers": headers, "Body": body } } });
            let _ = open(written.to_string().as_bytes());
        }
    }
}
