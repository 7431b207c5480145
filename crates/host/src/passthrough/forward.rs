//! Forwarding: a copy of the request, the answer read whole before it is passed on.

use std::error::Error as _;
use std::io::ErrorKind;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, COOKIE, HeaderName, TRANSFER_ENCODING, USER_AGENT as UA};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sio_net::BoxError;

use super::{HOST_VERSION, INVOCATION_HEADER, USER_AGENT, VERSION_HEADER};
use crate::call::Call;
use crate::escapes::{URI_PATH, escaped};
use crate::process::{Reusable, Worker};

/// Content headers that .NET does not copy; of these the host carries over type and length only.
const DROPPED: &[&str] = &[
    "allow",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-location",
    "content-md5",
    "content-range",
    "expires",
    "last-modified",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
];

/// What .NET's URL encoder leaves as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'$')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b'-')
    .remove(b'.')
    .remove(b':')
    .remove(b';')
    .remove(b'@')
    .remove(b'_')
    .remove(b'~');

/// How often a request without a body is sent when connections end before there is an answer.
pub(super) const ATTEMPTS: u32 = 4;

/// The path of the caller's URL after .NET has decoded it once and built it anew: it ends at what was an escaped
/// question mark or hash, and backslashes are slashes.
pub(crate) fn rebuilt_path(raw: &str) -> String {
    let decoded = sio_routes::decoded(raw);
    let end = decoded.find(['?', '#']).unwrap_or(decoded.len());
    // A second time, since backslashes may have made dot segments.
    let path = sio_routes::without_dots(&decoded[..end].replace('\\', "/"));
    escaped(&path, URI_PATH)
}

/// Sends a copy of a request and reads the whole answer. `path` is the caller's, or `/{function}` of old.
pub(crate) async fn forward(
    worker: &Worker,
    parts: &http::request::Parts,
    path: &str,
    body: Option<Bytes>,
    call: &Call,
) -> Result<Response<Bytes>, BoxError> {
    let query = rebuilt(parts.uri.query().unwrap_or_default());
    let uri: http::Uri = format!("http://127.0.0.1:{}{path}{query}", worker.port).parse()?;
    let mut headers = headers(&parts.headers, &call.invocation);
    let has_body = body.as_ref().is_some_and(|body| !body.is_empty());
    if body.is_none() {
        headers.remove(CONTENT_LENGTH);
    }
    let mut attempt = 1;
    let answer = loop {
        let body = sio_net::full(body.clone().unwrap_or_default());
        let mut request = Request::new(Reusable::new(body));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers.clone();
        // They hold how the caller wrote the names of headers.
        *request.extensions_mut() = parts.extensions.clone();
        match worker.client.send(call, request).await {
            Ok(answer) => break answer,
            Err(error) if repeatable(&error) && !has_body && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    };
    let (mut head, body) = answer.into_parts();
    head.headers.remove(TRANSFER_ENCODING);
    for name in ["connection", "keep-alive"] {
        head.headers.remove(name);
    }
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

/// Did the connection end before there was an answer? Then .NET sends a request without a body again. A connection that
/// is reset has not ended (source: `SocketsHttpHandler`, `HttpConnection`).
pub(super) fn repeatable(error: &hyper_util::client::legacy::Error) -> bool {
    let Some(cause) = error
        .source()
        .and_then(|cause| cause.downcast_ref::<hyper::Error>())
    else {
        return false;
    };
    // A connection that was kept may be at its end when the next request goes out.
    let broken = cause
        .source()
        .and_then(|cause| cause.downcast_ref::<std::io::Error>())
        .is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe);
    !error.is_connect() && (broken || cause.is_incomplete_message() || cause.is_canceled())
}

/// Joins the values of each name into one line, as .NET writes them.
pub(super) fn join(headers: &mut HeaderMap) {
    let names: Vec<HeaderName> = headers.keys().cloned().collect();
    for name in names {
        let mut values = headers.get_all(&name).iter();
        let Some(first) = values.next() else { continue };
        let mut line = first.as_bytes().to_vec();
        let mut several = false;
        for value in values {
            several = true;
            line.extend_from_slice(if name == COOKIE { b"; " } else { b", " });
            line.extend_from_slice(value.as_bytes());
        }
        if let Some(value) = several
            .then(|| HeaderValue::from_bytes(&line).ok())
            .flatten()
        {
            headers.insert(name, value);
        }
    }
}

fn headers(original: &HeaderMap, invocation: &str) -> HeaderMap {
    let mut headers = original.clone();
    join(&mut headers);
    for name in DROPPED {
        headers.remove(*name);
    }
    append(
        &mut headers,
        HeaderName::from_static(VERSION_HEADER),
        HOST_VERSION,
        ", ",
    );
    append(
        &mut headers,
        HeaderName::from_static(INVOCATION_HEADER),
        invocation,
        ", ",
    );
    append(&mut headers, UA, USER_AGENT, " ");
    headers
}

/// Adds a value behind those that the caller sent, on one line as .NET writes it.
fn append(headers: &mut HeaderMap, name: HeaderName, text: &str, separator: &str) {
    let mut line: Vec<u8> = Vec::new();
    for value in headers.get_all(&name) {
        line.extend_from_slice(value.as_bytes());
        line.extend_from_slice(separator.as_bytes());
    }
    line.extend_from_slice(text.as_bytes());
    if let Ok(value) = HeaderValue::from_bytes(&line) {
        headers.insert(name, value);
    }
}

/// The query as the host writes it anew: decoded, grouped by name, joined by commas, encoded.
fn rebuilt(raw: &str) -> String {
    let groups = crate::invocation::joined(&crate::invocation::query(raw));
    let mut out = String::new();
    for (index, (name, value)) in groups.iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.extend(utf8_percent_encode(name, QUERY));
        out.push('=');
        out.extend(utf8_percent_encode(value, QUERY));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_decoded_once_and_built_anew() {
        for (raw, rebuilt) in [
            ("/api/items/a%3Fb/7", "/api/items/a"),
            ("/api/items/a%23b/7", "/api/items/a"),
            ("/a%5Cb/a%2Fb/a%252Fb", "/a/b/a%2Fb/a%2Fb"),
            ("/a|b/%7Ba%7D/a%20b", "/a%7Cb/%7Ba%7D/a%20b"),
            ("/100%25/%C3%A9/a+b;c", "/100%25/%C3%A9/a+b;c"),
            ("/a/b%5C..%5Cc", "/a/c"),
        ] {
            assert_eq!(rebuilt_path(raw), rebuilt);
        }
    }

    #[test]
    fn a_forwarded_query_is_decoded_joined_and_encoded_again() {
        assert_eq!(
            rebuilt("id=149656222&name=Ink%20And%20Toner"),
            "?id=149656222&name=Ink%20And%20Toner"
        );
        assert_eq!(
            rebuilt("tag=a&x=1+2&tag=b/c&empty"),
            "?tag=a,b%2Fc&x=1%202&empty="
        );
        assert_eq!(rebuilt(""), "");
    }

    #[test]
    fn the_hosts_values_follow_those_of_the_caller() {
        let mut original = HeaderMap::new();
        original.insert("user-agent", HeaderValue::from_static("curl/8"));
        original.insert(INVOCATION_HEADER, HeaderValue::from_static("forged"));
        original.append("x-two", HeaderValue::from_static("a"));
        original.append("x-two", HeaderValue::from_static("b"));
        original.insert("content-encoding", HeaderValue::from_static("gzip"));
        original.insert("content-type", HeaderValue::from_static("text/plain"));
        let headers = headers(&original, "id");
        assert_eq!(
            headers["user-agent"],
            "curl/8 Azure-Functions-Host/4.1037.0.0"
        );
        assert_eq!(headers[INVOCATION_HEADER], "forged, id");
        assert_eq!(headers["x-two"], "a, b");
        assert_eq!(headers["content-type"], "text/plain");
        assert!(!headers.contains_key("content-encoding"));
    }
}
