//! Which pages of other origins may call (docs/contracts/functions-host.md, "OPTIONS and CORS").

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use sio_net::Body;

use super::response::empty;

/// The origins that are allowed, as `--cors` and `Host.CORS` name them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cors {
    origins: Vec<String>,
    credentials: bool,
}

impl Cors {
    /// Origins separated by commas; none where every origin would have credentials, which the original does not start
    /// with.
    pub(crate) fn new(origins: &str, credentials: bool) -> Option<Self> {
        let origins = origins
            .split(',')
            .map(|origin| origin.trim().trim_end_matches('/'));
        let origins: Vec<String> = origins
            .filter(|origin| !origin.is_empty())
            .map(str::to_owned)
            .collect();
        let any = origins.iter().any(|origin| origin == "*");
        (!(any && credentials)).then_some(Self {
            origins,
            credentials,
        })
    }

    /// The origins that are named.
    pub(crate) fn origins(&self) -> &[String] {
        &self.origins
    }

    /// The answer to a preflight, which no function sees. Empty without CORS. Unconfirmed: its status.
    pub(crate) fn preflight<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        let headers = request.headers();
        let asked = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
        if self.origins.is_empty()
            || request.method() != Method::OPTIONS
            || !headers.contains_key(ORIGIN)
        {
            return None;
        }
        let mut response = empty(StatusCode::NO_CONTENT);
        if self.allow(headers.get(ORIGIN), response.headers_mut()) {
            let answer = response.headers_mut();
            answer.insert(ACCESS_CONTROL_ALLOW_METHODS, asked.clone());
            if let Some(names) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
            }
        }
        Some(response)
    }

    /// Adds to an answer what lets the page read it; nothing for an origin that is not allowed.
    pub(crate) fn allow(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) -> bool {
        let Some(origin) = origin.filter(|_| !self.origins.is_empty()) else {
            return false;
        };
        let any = self.origins.iter().any(|allowed| allowed == "*");
        let listed = origin.to_str().is_ok_and(|origin| {
            self.origins
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(origin))
        });
        if !any && !listed {
            return false;
        }
        let value = if any {
            HeaderValue::from_static("*")
        } else {
            answer.append(VARY, HeaderValue::from_static("Origin"));
            origin.clone()
        };
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
        if self.credentials {
            answer.insert(
                ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
        true
    }
}
