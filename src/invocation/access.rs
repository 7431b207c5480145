//! Whether the host has sent an invocation.
//!
//! The port is one of this machine's, and every page in a browser here can send requests to it without reading the
//! answers: by a form, or under a name of its own that leads to 127.0.0.1. The host does neither: it always calls
//! `127.0.0.1`, and never as a page does. Source: docs/contracts/functions-host.md, "Request to the handler".

use http::header::ORIGIN;
use http::{HeaderMap, HeaderName};
use sio_net::Door;

static FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request names this machine as its host, and no page as its origin.
pub(super) fn is_from_host(headers: &HeaderMap) -> bool {
    !headers.contains_key(ORIGIN)
        && !headers.contains_key(&FETCH_SITE)
        && Door::default().check_host(headers).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_host(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        is_from_host(&headers)
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
}
