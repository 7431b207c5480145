//! Whether the host has sent an invocation.
//!
//! The port is one of this machine's, and every page in a browser here can send requests to it without reading the
//! answers: by a form, or under a name of its own that leads to 127.0.0.1. The host does neither with a payload: it
//! always calls `127.0.0.1`, and never as a page does. Source: docs/contracts/functions-host.md, "Request to the
//! handler".
//!
//! A request that the host passes on as it was sent has the caller's headers, its `Origin` and `Host` among them, and
//! always an invocation id. A browser lets no page of another origin send that header unless the function allows it.
//! Source: docs/contracts/functions-host.md, "Forwarding and proxying". A page whose own name leads to 127.0.0.1 can
//! send it, and looks the same as a forwarded request then.

use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, Method};
use sio_net::Door;

use crate::handler::InvocationId;

static FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request names this machine as its host, and no page as its origin.
pub(super) fn is_from_host(headers: &HeaderMap) -> bool {
    !headers.contains_key(ORIGIN)
        && !headers.contains_key(&FETCH_SITE)
        && Door::default().check_host(headers).is_ok()
}

/// Whether a request as it was sent may run a function: the host has passed it on, or it comes from a program on this
/// machine or from a page of this very port.
pub(super) fn may_run(headers: &HeaderMap) -> bool {
    // A link of another page may not run a function either. The door lets it pass with GET alone.
    InvocationId::is_in(headers) || Door::default().check(&Method::POST, headers).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn from_host(pairs: &[(&'static str, &str)]) -> bool {
        is_from_host(&headers(pairs))
    }

    #[test]
    fn the_host_calls_this_machine_by_its_names() {
        for host in [
            "127.0.0.1:35791",
            "127.0.0.1",
            "localhost:80",
            "LOCALHOST",
            "[::1]:1",
        ] {
            assert!(from_host(&[("host", host)]), "{host}");
        }
    }

    #[test]
    fn pages_and_other_names_are_told_from_it() {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "localhost@evil.example",
            "evil.example@localhost",
            "10.0.0.1",
            "",
        ] {
            assert!(!from_host(&[("host", host)]), "{host}");
        }
        let host = ("host", "127.0.0.1:1");
        assert!(!from_host(&[]));
        assert!(!from_host(&[host, host]));
        for origin in ["http://127.0.0.1:1", "null", "https://evil.example"] {
            assert!(!from_host(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(!from_host(&[host, ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn a_request_as_it_was_sent_comes_through_the_host_or_from_no_other_page() {
        let host = ("host", "127.0.0.1:9000");
        let others: [&[(&'static str, &str)]; 6] = [
            &[host, ("origin", "https://evil.example")],
            &[host, ("origin", "null")],
            &[host, ("sec-fetch-site", "cross-site")],
            &[host, ("sec-fetch-site", "same-site")],
            &[
                host,
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
            &[("host", "evil.example:9000")],
        ];
        let id = ("x-azure-functions-invocationid", "1");
        let no_id = ("x-azure-functions-invocationid", " ");
        for other in others {
            assert!(!may_run(&headers(other)), "{other:?}");
            assert!(!may_run(&headers(&[other, &[no_id]].concat())), "{other:?}");
            assert!(may_run(&headers(&[other, &[id]].concat())), "{other:?}");
        }
        for own in [
            ("accept", "*/*"),
            ("origin", "http://127.0.0.1:9000"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "none"),
        ] {
            assert!(may_run(&headers(&[host, own])), "{own:?}");
        }
    }
}
