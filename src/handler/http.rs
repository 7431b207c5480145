//! HTTP requests and responses as functions see them, whichever way the host handed them over.

use std::collections::HashMap;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use serde::{Deserialize, Serialize};
use sio_net::LimitError;

use crate::arguments::Bytes;

/// A request to an HTTP function.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// The path, route prefix included, percent-encoded as it came.
    pub path: String,
    /// The query without the question mark, as it came.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// What the route's parameters stand for, decoded.
    pub params: HashMap<String, String>,
    /// Who the platform says has called; known only where the host wraps requests.
    pub identities: Vec<PlatformIdentity>,
}

/// One identity of a caller, as the Functions host found it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct PlatformIdentity {
    /// How it was proved: `aad`, `facebook`, or `WebJobsAuthLevel` for the holder of a key.
    pub authentication_type: Option<String>,
    /// Whether it was proved at all.
    pub is_authenticated: bool,
    /// Its name.
    pub name: Option<String>,
    /// What else is known.
    pub claims: Option<Vec<PlatformClaim>>,
}

/// One thing that is known about a caller.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct PlatformClaim {
    /// Its name, often a URI.
    #[serde(rename = "Type")]
    pub name: Option<String>,
    /// Its value.
    pub value: Option<String>,
}

impl Request {
    /// A request without headers and body. The target is a path, with a query behind a question mark.
    #[must_use]
    pub fn new(method: Method, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        }
    }

    /// A GET request, as [`Request::new`].
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new(Method::GET, target)
    }

    /// A POST request, as [`Request::new`].
    #[must_use]
    pub fn post(target: &str) -> Self {
        Self::new(Method::POST, target)
    }

    /// The same with a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// A header's text, if there is one and it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What a parameter of the route stands for.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    /// The first value of a query parameter, decoded.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }

    /// Whether the sender announced a body without saying how long it is. The Functions host loses such a body when it
    /// wraps the request, answers 500 in place of forwarding it, and only keeps it when it proxies.
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        self.header("transfer-encoding")
            .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"))
    }
}

/// The response of an HTTP function.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Response {
    /// Its status, 200 unless changed.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Response {
    /// A status without a body.
    #[must_use]
    pub fn status(status: StatusCode) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// The answer to a body that was not read.
    pub(crate) fn not_read(error: &LimitError) -> Self {
        Self::status(match error {
            LimitError::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        })
    }

    /// Text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::bytes("text/plain; charset=utf-8", text.into())
    }

    /// HTML.
    #[must_use]
    pub fn html(html: impl Into<String>) -> Self {
        Self::bytes("text/html; charset=utf-8", html.into())
    }

    /// Bytes of a media type.
    ///
    /// # Panics
    /// The media type cannot stand in a header: it has characters that are not visible ASCII.
    #[must_use]
    pub fn bytes(media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let mut response = Self {
            body: bytes.into(),
            ..Self::default()
        };
        let media_type = HeaderValue::from_static(media_type);
        response.headers.insert(CONTENT_TYPE, media_type);
        response
    }

    /// A value as JSON.
    ///
    /// # Errors
    /// The value does not serialise.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        let text = serde_json::to_vec(value)?;
        Ok(Self::bytes("application/json; charset=utf-8", text))
    }

    /// Sends the client elsewhere, with 302.
    ///
    /// # Errors
    /// The location cannot stand in a header.
    pub fn redirect(location: &str) -> Result<Self, http::header::InvalidHeaderValue> {
        let mut response = Self::status(StatusCode::FOUND);
        response.headers.insert(LOCATION, location.parse()?);
        Ok(response)
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same with this header, in the place of any other of its name. Several of one name, as of cookies, go into
    /// [`headers`](Response::headers).
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_parameter_is_decoded() {
        let request = Request {
            query: "a=1&name=Zo%C3%AB+B&name=x".to_owned(),
            ..Request::default()
        };
        assert_eq!(request.query("name").as_deref(), Some("Zoë B"));
        assert_eq!(request.query("none"), None);
    }

    #[test]
    fn responses_say_what_they_are() {
        let response = Response::json(&[1, 2]).unwrap();
        assert_eq!(response.body, "[1,2]");
        assert_eq!(
            response.headers[CONTENT_TYPE],
            "application/json; charset=utf-8"
        );
        assert_eq!(Response::redirect("/x").unwrap().status, 302);
        assert!(Response::redirect("/\n").is_err());
    }
}
