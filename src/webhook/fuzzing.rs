//! Requests of any kind.

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::HeaderMap;

use super::guard::Guard;
use super::request::{self, Head};
use crate::handler::Request;
use crate::settings::Settings;

/// Reads a request as the webhook does, for any sender.
pub(crate) fn request(headers: HeaderMap, body: Bytes) {
    let settings = Settings::new()
        .with(
            Settings::CONNECTION,
            "Endpoint=http://localhost:8080;AccessKey=7aab239577fd4f24bc919802fb629f5f;",
        )
        .with(Settings::ALLOWED_ORIGINS, "custom.example");
    let Ok(guard) = Guard::new([Settings::CONNECTION], &settings) else {
        unreachable!("the connection is whole");
    };
    let _ = guard.validate(&headers);
    let trusted = guard.trusts(&headers).now_or_never();
    if let Some(Err(stranger)) = trusted {
        let _ = stranger.to_string();
    }
    let request = Request {
        headers,
        body: body.into(),
        ..Request::default()
    };
    if let Ok(head) = Head::read(&request.headers) {
        let _ = request::detail(&head, &request);
    }
}
