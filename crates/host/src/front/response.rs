//! Responses of the host's own.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use sio_net::Body;

/// A response without a body.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(sio_net::empty());
    *response.status_mut() = status;
    response
}

/// A response with a body of some content type.
pub(super) fn with_type(content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let value = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, value);
    response
}
