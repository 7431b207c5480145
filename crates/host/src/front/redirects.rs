//! Redirects in the answer of a handler, which the host follows in default mode (docs/contracts/functions-host.md, "On
//! the wire").

use http::header::LOCATION;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

/// How many are followed, as by .NET's client. Unconfirmed, as is which method goes on.
pub(super) const MOST: usize = 50;

/// Where to go on and how: after 300 to 303 a POST goes on as a GET without a body, and any other method stays; after 307
/// and 308 the same request is made again. `None` if the answer is not a redirect that can be followed; then it is the
/// answer.
pub(super) fn next(
    from: &Url,
    method: &Method,
    status: StatusCode,
    headers: &HeaderMap,
) -> Option<(Url, Method)> {
    let method = match status.as_u16() {
        300..=303 => match *method {
            Method::POST => Method::GET,
            ref same => same.clone(),
        },
        307 | 308 => method.clone(),
        _ => return None,
    };
    let target = headers.get(LOCATION)?.to_str().ok()?;
    let target = from.join(target).ok()?;
    (target.scheme() == "http").then_some((target, method))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_becomes_a_get_unless_the_status_keeps_it() {
        let from = Url::parse("http://127.0.0.1:1/f").unwrap();
        let next = |status: u16, location: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, location.parse().unwrap());
            let status = StatusCode::from_u16(status).unwrap();
            next(&from, &Method::POST, status, &headers)
                .map(|(url, method)| (url.to_string(), method.to_string()))
        };
        let to = |url: &str, method: &str| Some((url.to_owned(), method.to_owned()));
        assert_eq!(next(302, "/g?a=1"), to("http://127.0.0.1:1/g?a=1", "GET"));
        assert_eq!(next(307, "g"), to("http://127.0.0.1:1/g", "POST"));
        assert_eq!(
            next(308, "http://localhost:2/"),
            to("http://localhost:2/", "POST")
        );
        assert_eq!(next(302, "https://a/"), None);
        assert_eq!(next(304, "/g"), None);
    }
}
