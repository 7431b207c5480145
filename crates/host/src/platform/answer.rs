//! Answers of the platform's own.

use http::{Response, StatusCode};
use serde_json::Value;
use sio_net::Body;

pub(super) fn json_answer(value: &Value) -> Response<Body> {
    let mut response = Response::new(sio_net::full(value.to_string()));
    let headers = response.headers_mut();
    let json = http::HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(http::header::CONTENT_TYPE, json);
    let no_store = http::HeaderValue::from_static("no-store");
    headers.insert(http::header::CACHE_CONTROL, no_store);
    response
}

pub(super) fn status(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(sio_net::empty());
    *response.status_mut() = code;
    response
}
