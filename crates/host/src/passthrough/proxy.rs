//! Proxying: the request itself, streamed both ways.

use std::net::IpAddr;
use std::time::Duration;

use http::header::{HOST, HeaderName};
use http::{HeaderMap, HeaderValue, Request, Response};
use percent_encoding::utf8_percent_encode;

use super::forward::{self, repeatable};
use super::hop_by_hop::strip;
use super::{HOST_VERSION, INVOCATION_HEADER, VERSION_HEADER};
use crate::call::Call;
use crate::escapes::{PATH, URI_QUERY, escaped};
use crate::process::{Reusable, Worker};
use crate::recording::Heard;

/// Attempts while the handler isn't reached, for instance while it restarts, or says what isn't HTTP.
const ATTEMPTS: u32 = 10;
const FIRST_DELAY: Duration = Duration::from_millis(50);
const LONGEST_DELAY: Duration = Duration::from_millis(250);

/// Sends a request to the handler and returns the head of its answer, its body to be streamed.
pub(crate) async fn proxy(
    worker: &Worker,
    parts: &http::request::Parts,
    body: &Reusable,
    peer: Option<IpAddr>,
    call: &Call,
) -> Result<Response<Heard>, hyper_util::client::legacy::Error> {
    let headers = headers(parts, worker.port, peer, &call.invocation);
    let uri: http::Uri = format!("http://127.0.0.1:{}{}", worker.port, target(&parts.uri))
        .parse()
        .unwrap_or_default();
    let mut delay = FIRST_DELAY;
    let (mut attempt, mut sent) = (1, 1);
    loop {
        let mut request = Request::new(body.clone());
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers.clone();
        // They hold how the caller wrote the names of headers.
        *request.extensions_mut() = parts.extensions.clone();
        match worker.client.send(call, request).await {
            // .NET's client itself sends what was not answered again, without a pause.
            Err(error) if repeatable(&error) && !body.is_begun() && sent < forward::ATTEMPTS => {
                sent += 1;
            }
            // Nothing of the body was read, so it can be sent again.
            Err(_) if !body.is_begun() && attempt < ATTEMPTS => {
                sent = 1;
                tokio::time::sleep(delay).await;
                delay = (delay * 2).min(LONGEST_DELAY);
                attempt += 1;
            }
            Ok(mut response) => {
                strip(response.headers_mut());
                return Ok(response);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Path and query as they reach the handler.
fn target(uri: &http::Uri) -> String {
    // YARP takes the decoded path, so an escape that is left in it is escaped again.
    let path = sio_routes::decoded(uri.path());
    let mut target = utf8_percent_encode(&path, PATH).to_string();
    if let Some(query) = uri.query() {
        target.push('?');
        target.push_str(&escaped(query, URI_QUERY));
    }
    target
}

fn headers(
    parts: &http::request::Parts,
    port: u16,
    peer: Option<IpAddr>,
    invocation: &str,
) -> HeaderMap {
    let mut headers = parts.headers.clone();
    strip(&mut headers);
    forward::join(&mut headers);
    let original_host = headers.remove(HOST);
    let mut set = |name: &'static str, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("host", &format!("127.0.0.1:{port}"));
    set("x-forwarded-proto", "http");
    if let Some(peer) = peer {
        set("x-forwarded-for", &peer.to_string());
    }
    set(VERSION_HEADER, HOST_VERSION);
    set(INVOCATION_HEADER, invocation);
    set("x-ms-invocation-id", invocation);
    if let Some(host) = original_host {
        headers.insert("x-forwarded-host", host);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_decoded_once_and_escaped_whole() {
        for (raw, sent) in [
            ("/a%2Fb/a%252Fb", "/a%252Fb/a%252Fb"),
            ("/a|b/a%5Cb/100%25/a;b", "/a%7Cb/a%5Cb/100%25/a;b"),
            ("/x/../y?x[]=1&y=%2F&z=%zz", "/y?x[]=1&y=%2F&z=%25zz"),
            ("/%C3%A9?a|b", "/%C3%A9?a%7Cb"),
        ] {
            assert_eq!(target(&raw.parse().unwrap()), sent);
        }
    }

    #[test]
    fn forged_headers_are_overwritten_and_hop_by_hop_ones_removed() {
        let (parts, ()) = Request::get("/api/x")
            .header("host", "example.org")
            .header("X-Azure-Functions-InvocationId", "forged")
            .header("x-ms-invocation-id", "forged")
            .header("X-Azure-Functions-HostVersion", "forged")
            .header("connection", "keep-alive, x-mine")
            .header("x-mine", "1")
            .header("user-agent", "test")
            .body(())
            .unwrap()
            .into_parts();
        let headers = headers(&parts, 4321, Some("10.0.0.1".parse().unwrap()), "id");
        let get = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(get("host"), Some("127.0.0.1:4321"));
        assert_eq!(get("x-forwarded-host"), Some("example.org"));
        assert_eq!(get("x-forwarded-for"), Some("10.0.0.1"));
        assert_eq!(get("x-azure-functions-invocationid"), Some("id"));
        assert_eq!(get("x-ms-invocation-id"), Some("id"));
        assert_eq!(get("x-azure-functions-hostversion"), Some(HOST_VERSION));
        assert_eq!(get("user-agent"), Some("test"));
        assert_eq!((get("connection"), get("x-mine")), (None, None));
    }
}
