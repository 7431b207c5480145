//! What all webhooks of one connection have in common, made once.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::HeaderMap;
use sio_protocol::cloud_events::ConnectBody;

use super::cookies::Jar;

/// A connection's signature, the body of its `connect` event and its cookies.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(super) signature: String,
    connect_body: Bytes,
    cookies: Mutex<Jar>,
}

impl Identity {
    pub(crate) fn new(signature: String, body: &ConnectBody) -> Self {
        Self {
            signature,
            // Maps of texts: there is nothing in them that JSON could not say.
            connect_body: serde_json::to_vec(body).unwrap_or_default().into(),
            cookies: Mutex::default(),
        }
    }

    /// The body of `connect`, with what the client sent along if that is wanted (D5).
    pub(super) fn connect_body(&self, auth: Option<&str>) -> Bytes {
        let Some(auth) = auth else {
            return self.connect_body.clone();
        };
        let open = self.connect_body.strip_suffix(b"}");
        let mut body = open.unwrap_or_default().to_vec();
        body.extend_from_slice(b",\"auth\":");
        body.extend_from_slice(auth.as_bytes());
        body.push(b'}');
        body.into()
    }

    /// The value of the `Cookie` header, if there is anything to say.
    pub(super) fn cookies(&self) -> Option<String> {
        self.jar().header()
    }

    /// Keeps the cookies that an answer sets.
    pub(super) fn keep_cookies(&self, headers: &HeaderMap) {
        self.jar().take(headers);
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, Jar> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
