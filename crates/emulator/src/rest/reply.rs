//! Answers, and errors in the form that the service gives them.
//!
//! Source: docs/contracts/service.md, "Common rules".

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use sio_net::{Body, empty, full};

use crate::filter::FilterError;

/// An answer of the data plane.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    error_code: Option<&'static str>,
    retry_after: Option<u32>,
    /// What is wrong, for those who watch.
    problem: Option<String>,
    body: Option<(&'static str, Body)>,
}

impl Reply {
    /// An answer without body.
    pub(super) fn status(status: StatusCode) -> Self {
        Self {
            status,
            error_code: None,
            retry_after: None,
            problem: None,
            body: None,
        }
    }

    /// 202: accepted, even if no client gets it.
    pub(super) fn accepted() -> Self {
        Self::status(StatusCode::ACCEPTED)
    }

    /// 204: done.
    pub(super) fn done() -> Self {
        Self::status(StatusCode::NO_CONTENT)
    }

    /// 200 with JSON.
    pub(super) fn json(value: &Value) -> Self {
        Self {
            status: StatusCode::OK,
            error_code: None,
            retry_after: None,
            problem: None,
            body: Some(("application/json; charset=utf-8", full(value.to_string()))),
        }
    }

    /// 404 without body, for the questions whether something exists.
    pub(super) fn missing(code: &'static str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            error_code: Some(code),
            retry_after: None,
            problem: None,
            body: None,
        }
    }

    /// 404 for something that a call needs to exist.
    pub(super) fn not_existing(code: &'static str, what: &str, name: &str) -> Self {
        let body = json!({
            "code": code,
            "message": format!("{what} {name} is not found."),
            "target": what,
            "details": null,
            "innererror": null,
        });
        Self {
            status: StatusCode::NOT_FOUND,
            error_code: Some(code),
            retry_after: None,
            problem: Some(format!("{what} {name} is not found")),
            body: Some(("application/json; charset=utf-8", full(body.to_string()))),
        }
    }

    /// 400 in plain words.
    pub(super) fn bad_text(text: &str) -> Self {
        Self::text(StatusCode::BAD_REQUEST, text)
    }

    /// An answer in plain words.
    pub(super) fn text(status: StatusCode, text: &str) -> Self {
        Self {
            problem: (!status.is_success()).then(|| text.to_owned()),
            body: Some(("text/plain; charset=utf-8", full(text.to_owned()))),
            ..Self::status(status)
        }
    }

    /// An answer that asks to come back after so many seconds.
    pub(super) fn later(status: StatusCode, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::status(status)
        }
    }

    /// 200 with a body that comes by and by.
    pub(super) fn stream(kind: &'static str, body: Body) -> Self {
        Self {
            body: Some((kind, body)),
            ..Self::status(StatusCode::OK)
        }
    }

    /// 400 as a problem.
    pub(super) fn bad(target: &str, message: &str) -> Self {
        let mut errors = serde_json::Map::new();
        errors.insert(target.to_owned(), json!([message]));
        let body = json!({
            "code": "Error.BadRequest",
            "message": message,
            "target": target,
            "errors": errors,
            "type": null,
            "title": "One or more validation errors occurred.",
            "status": 400,
            "detail": null,
            "instance": null,
            "extensions": {},
        });
        Self {
            status: StatusCode::BAD_REQUEST,
            error_code: Some("Error.BadRequest"),
            retry_after: None,
            problem: Some(message.to_owned()),
            body: Some((
                "application/problem+json; charset=utf-8",
                full(body.to_string()),
            )),
        }
    }

    /// 400 for a filter. `target` is `filter` in the query and `Filter` in a body.
    pub(super) fn bad_filter(target: &str, error: &FilterError) -> Self {
        Self::bad(target, &error.to_string())
    }

    /// What is wrong, if an answer says so.
    pub(super) fn problem(&self) -> Option<String> {
        self.problem.clone()
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let (kind, body) = match self.body {
            Some((kind, body)) => (Some(kind), body),
            None => (None, empty()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(code) = self.error_code {
            headers.insert(
                HeaderName::from_static("x-ms-error-code"),
                HeaderValue::from_static(code),
            );
        }
        response
    }
}
