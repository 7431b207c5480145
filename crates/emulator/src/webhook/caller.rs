//! One HTTP request to a handler, and what it suffers on demand.

use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use url::Url;

use super::outcome::Failure;
use crate::faults::Faults;

/// Bytes of an answer: sixteen of the largest packets that a client can get. Every connection may have one under way.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;

/// The HTTP client of all webhooks.
pub(super) struct Caller {
    client: OnceLock<reqwest::Client>,
    /// Whether any handler is called over https.
    any_https: bool,
    faults: Arc<Faults>,
}

/// What one request brought back.
pub(super) type Received = (StatusCode, HeaderMap, Utf8Bytes);

impl Caller {
    pub(super) fn new(any_https: bool, faults: Arc<Faults>) -> Self {
        Self {
            client: OnceLock::new(),
            any_https,
            faults,
        }
    }

    /// The HTTP client, made when the first webhook needs it: reading the certificates takes a while.
    pub(super) fn client(&self) -> Result<&reqwest::Client, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let mut builder = reqwest::Client::builder();
        if !self.any_https {
            // No certificate will be looked at, so the system's store is not read.
            builder = builder.tls_certs_only([]);
        }
        let client = builder
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            // A thousand clients that leave at once need a thousand connections, but not for long.
            .pool_max_idle_per_host(256)
            .build()
            .map_err(|error| Failure::Client(error.to_string()))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// Posts an event once.
    pub(super) async fn post(
        &self,
        client: &reqwest::Client,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Received, Failure> {
        let request = client.post(url.clone()).headers(headers.clone()).body(body);
        if let Some(fault) = self.faults.webhook() {
            tokio::time::sleep(fault.delay()).await;
            if let (true, Some(second)) = (fault.duplicate, request.try_clone()) {
                let _ = second.send().await;
            }
            match fault.fail {
                Some(0) => return Err(Failure::Network("it was cut off on demand".to_owned())),
                Some(status) => {
                    let status = StatusCode::from_u16(status);
                    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                    return Ok((status, HeaderMap::new(), Utf8Bytes::default()));
                }
                None => {}
            }
        }
        let request = request.send();
        let mut response = request.await.map_err(|error| network(&error))?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| network(&error))? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(Failure::Body(format!(
                    "is longer than {ANSWER_LIMIT} bytes"
                )));
            }
            body.extend_from_slice(&chunk);
        }
        let body = Utf8Bytes::try_from(body.freeze())
            .map_err(|_| Failure::Body("is not UTF-8 text".to_owned()))?;
        Ok((
            response.status(),
            std::mem::take(response.headers_mut()),
            body,
        ))
    }
}

/// The innermost reason of a failed request. The URL may hold a function key, so it is left out.
pub(super) fn network(error: &reqwest::Error) -> Failure {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    Failure::Network(if std::ptr::eq(reason, error as &dyn std::error::Error) {
        "the request failed".to_owned()
    } else {
        reason.to_string()
    })
}
