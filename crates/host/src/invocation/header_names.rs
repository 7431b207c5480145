//! Names of headers in the casing that the host passes on.

use std::collections::HashMap;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt as _, BufReader, DuplexStream};

/// Names that the original's server knows; it writes them so whatever the client wrote (`KnownHeaders.cs` of Kestrel).
const KNOWN: &[&str] = &[
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Authorization",
    "baggage",
    "Cache-Control",
    "Connection",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Correlation-Context",
    "Date",
    "Expect",
    "From",
    "Grpc-Accept-Encoding",
    "Grpc-Encoding",
    "Grpc-Timeout",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Max-Forwards",
    "Origin",
    "Pragma",
    "Proxy-Authorization",
    "Range",
    "Referer",
    "Request-Id",
    "TE",
    "traceparent",
    "tracestate",
    "Transfer-Encoding",
    "Translate",
    "Upgrade",
    "Upgrade-Insecure-Requests",
    "User-Agent",
    "Via",
    "Warning",
];

/// More than the names of a head have, with the line before them.
const ROOM: usize = 64 * 1024;

/// The name that the host writes whatever the client wrote.
fn known(name: &HeaderName) -> Option<&'static str> {
    let mut names = KNOWN.iter().copied();
    names.find(|known| known.eq_ignore_ascii_case(name.as_str()))
}

/// How a request's client wrote the names that the host doesn't know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(HashMap<HeaderName, String>);

impl Names {
    /// The name as functions see it.
    pub(crate) fn of<'a>(&'a self, name: &'a HeaderName) -> &'a str {
        let written = self.0.get(name).map(String::as_str);
        known(name).or(written).unwrap_or(name.as_str())
    }
}

/// How the client wrote the names of a request's headers; of one that came several times, the first time.
///
/// hyper keeps that in an extension of the request. Nothing but hyper can read it, to write another request; so such a
/// request is written, with these names alone, and what it wrote is read.
pub(crate) async fn written(parts: &Parts) -> Names {
    let mut request = Request::new(Empty::<Bytes>::new());
    let asked = parts.headers.keys().filter(|name| known(name).is_none());
    for name in asked {
        let headers = request.headers_mut();
        headers.insert(name.clone(), HeaderValue::from_static(""));
    }
    if request.headers().is_empty() {
        return Names::default();
    }
    *request.extensions_mut() = parts.extensions.clone();
    let (reader, writer) = tokio::io::duplex(ROOM);
    let Ok((mut sender, connection)) = http1::Builder::new()
        .preserve_header_case(true)
        .handshake(TokioIo::new(writer))
        .await
    else {
        return Names::default();
    };
    // Neither the connection nor its request ends before the head is read, as long as the reader is there.
    tokio::select! {
        names = read(reader) => names,
        _ = connection => Names::default(),
        _ = async { (sender.send_request(request).await, std::future::pending::<()>().await) } => Names::default(),
    }
}

/// The names of a head.
async fn read(reader: DuplexStream) -> Names {
    let mut names = HashMap::new();
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((name, _)) = line.split_once(':')
            && let Ok(key) = HeaderName::from_bytes(name.as_bytes())
        {
            names.insert(key, name.to_owned());
        } else if line.is_empty() {
            break;
        }
    }
    Names(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn known_names_have_one_casing_and_others_are_in_lower_case_unless_hyper_knows_better() {
        let (parts, ()) = Request::get("/")
            .header("X-Own", "1")
            .header("user-AGENT", "test")
            .header("TraceParent", "0")
            .body(())
            .unwrap()
            .into_parts();
        let names = written(&parts).await;
        let of: Vec<&str> = parts.headers.keys().map(|name| names.of(name)).collect();
        assert_eq!(of, ["x-own", "User-Agent", "traceparent"]);
    }
}
