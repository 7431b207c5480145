//! What the original's server refuses before anything else sees a request: heads that are too long, or name no host.

use http::header::HOST;
use http::request::Parts;
use http::{StatusCode, Version};

/// Longest request line, with its end.
const LONGEST_LINE: usize = 8 * 1024;
/// Longest header lines together, with their ends.
const LONGEST_HEADERS: usize = 32 * 1024;
/// The most header lines.
const MOST_HEADERS: usize = 100;

/// The status for a head that is refused.
pub(super) fn refusal(head: &Parts) -> Option<StatusCode> {
    // The version, two spaces and the end of the line.
    let line = head.method.as_str().len() + head.uri.to_string().len() + " HTTP/1.1 \r\n".len();
    let lines = head.headers.iter();
    let headers: usize = lines
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    let hosts = head.headers.get_all(HOST).iter().count();
    let needed = head.version == Version::HTTP_11;
    if line > LONGEST_LINE {
        Some(StatusCode::URI_TOO_LONG)
    } else if headers > LONGEST_HEADERS || head.headers.len() > MOST_HEADERS {
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else if hosts > 1 || hosts == 0 && needed || has_nul(head.uri.path()) {
        Some(StatusCode::BAD_REQUEST)
    } else {
        None
    }
}

fn has_nul(path: &str) -> bool {
    path.contains("%00")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn head(target: &str, headers: &[(&str, String)]) -> Parts {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn heads_have_limits() {
        let host = ("host", "localhost".to_owned());
        let long = |length: usize| "a".repeat(length);
        let own = [host.clone()];
        assert_eq!(refusal(&head("/", &own)), None);
        assert_eq!(refusal(&head(&format!("/{}", long(8176)), &own)), None);
        let too_long = refusal(&head(&format!("/{}", long(8177)), &own));
        assert_eq!(too_long, Some(StatusCode::URI_TOO_LONG));
        let with = |length: usize| refusal(&head("/", &[host.clone(), ("x", long(length))]));
        assert_eq!(with(32 * 1024 - 5 - 17), None);
        let too_large = Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(with(32 * 1024 - 5 - 16), too_large);
        let many: Vec<_> = (0..101).map(|_| ("x", long(1))).collect();
        assert_eq!(refusal(&head("/", &many)), too_large);
    }

    #[test]
    fn a_request_names_one_host() {
        let bad = Some(StatusCode::BAD_REQUEST);
        let host = |name: &str| ("host", name.to_owned());
        assert_eq!(refusal(&head("/", &[])), bad);
        assert_eq!(refusal(&head("/", &[host("a"), host("b")])), bad);
        let mut old = head("/", &[]);
        old.version = Version::HTTP_10;
        assert_eq!(refusal(&old), None);
    }
}
