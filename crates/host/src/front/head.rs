//! What the original's server refuses before anything else sees a request: heads that are too long, or name no host.

use http::header::HOST;
use http::request::Parts;
use http::{StatusCode, Version};

/// Longest request line, with its end.
const LONGEST_LINE: usize = 8 * 1024;
/// Longest header lines together, with their ends.
const LONGEST_HEADERS: usize = 32 * 1024;
/// How much of a path is shown.
const SHOWN: usize = 100;
/// The most header lines.
const MOST_HEADERS: usize = 100;

/// The status for a head that is refused, and why.
pub(super) fn refusal(head: &Parts) -> Option<(StatusCode, String)> {
    // The version, two spaces and the end of the line.
    let line = head.method.as_str().len() + head.uri.to_string().len() + " HTTP/1.1 \r\n".len();
    let lines = head.headers.iter();
    let headers: usize = lines
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    let number = head.headers.len();
    let hosts = head.headers.get_all(HOST).iter().count();
    let needed = head.version == Version::HTTP_11;
    if line > LONGEST_LINE {
        let why = format!("the request line has {line} bytes, and {LONGEST_LINE} is the limit");
        Some((StatusCode::URI_TOO_LONG, why))
    } else if headers > LONGEST_HEADERS {
        let why = format!("the headers have {headers} bytes, and {LONGEST_HEADERS} is the limit");
        Some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why))
    } else if number > MOST_HEADERS {
        let why = format!("the request has {number} headers, and {MOST_HEADERS} is the limit");
        Some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why))
    } else if hosts > 1 || hosts == 0 && needed {
        let why = format!("the request must have one Host header, and has {hosts}");
        Some((StatusCode::BAD_REQUEST, why))
    } else if has_nul(head.uri.path()) {
        let why = "the path has the character %00".to_owned();
        Some((StatusCode::BAD_REQUEST, why))
    } else {
        None
    }
}

/// The beginning of a request's path, for a warning about its head.
pub(super) fn beginning(head: &Parts) -> String {
    let path = head.uri.path();
    match path.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path.to_owned(),
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

    fn status(head: &Parts) -> Option<StatusCode> {
        refusal(head).map(|(code, _)| code)
    }

    #[test]
    fn heads_have_limits() {
        let host = ("host", "localhost".to_owned());
        let long = |length: usize| "a".repeat(length);
        let own = [host.clone()];
        assert_eq!(status(&head("/", &own)), None);
        assert_eq!(status(&head(&format!("/{}", long(8176)), &own)), None);
        let too_long = head(&format!("/{}", long(8177)), &own);
        assert_eq!(status(&too_long), Some(StatusCode::URI_TOO_LONG));
        let (_, why) = refusal(&too_long).unwrap();
        assert_eq!(
            why,
            "the request line has 8193 bytes, and 8192 is the limit"
        );
        assert!(beginning(&too_long).len() < 2 * SHOWN);
        let with = |length: usize| status(&head("/", &[host.clone(), ("x", long(length))]));
        assert_eq!(with(32 * 1024 - 5 - 17), None);
        let too_large = Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(with(32 * 1024 - 5 - 16), too_large);
        let many: Vec<_> = (0..101).map(|_| ("x", long(1))).collect();
        assert_eq!(status(&head("/", &many)), too_large);
    }

    #[test]
    fn a_request_names_one_host() {
        let bad = Some(StatusCode::BAD_REQUEST);
        let host = |name: &str| ("host", name.to_owned());
        assert_eq!(status(&head("/", &[])), bad);
        assert_eq!(status(&head("/", &[host("a"), host("b")])), bad);
        let mut old = head("/", &[]);
        old.version = Version::HTTP_10;
        assert_eq!(status(&old), None);
    }
}
