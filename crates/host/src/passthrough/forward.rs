//! Forwarding: a copy of the request, the answer read whole before it is passed on.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, TRANSFER_ENCODING, USER_AGENT as UA};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sio_net::BoxError;

use super::{HOST_VERSION, INVOCATION_HEADER, USER_AGENT, VERSION_HEADER};
use crate::hop::Call;
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
    if body.is_none() {
        headers.remove(CONTENT_LENGTH);
    }
    let mut request = Request::new(Reusable::new(sio_net::full(body.unwrap_or_default())));
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    let (mut head, body) = worker.client.send(call, request).await?.into_parts();
    head.headers.remove(TRANSFER_ENCODING);
    for name in ["connection", "keep-alive"] {
        head.headers.remove(name);
    }
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

fn headers(original: &HeaderMap, invocation: &str) -> HeaderMap {
    let mut headers = original.clone();
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
    let mut groups: Vec<(String, String)> = Vec::new();
    for (name, value) in crate::invocation::query(raw) {
        match groups
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(&name))
        {
            Some((_, known)) => {
                known.push(',');
                known.push_str(&value);
            }
            None => groups.push((name, value)),
        }
    }
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
    fn v063_the_query_is_written_anew() {
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
        original.insert("content-encoding", HeaderValue::from_static("gzip"));
        original.insert("content-type", HeaderValue::from_static("text/plain"));
        let headers = headers(&original, "id");
        assert_eq!(
            headers["user-agent"],
            "curl/8 Azure-Functions-Host/4.1037.0.0"
        );
        assert_eq!(headers[INVOCATION_HEADER], "forged, id");
        assert_eq!(headers["content-type"], "text/plain");
        assert!(!headers.contains_key("content-encoding"));
    }
}
