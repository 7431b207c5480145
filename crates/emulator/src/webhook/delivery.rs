//! Calling a handler: validation first, then tries with pauses until one is answered or the time is up.
//!
//! Source: service contract, "Timeouts and retries" and "What the answer means".

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use url::Url;

use super::Webhooks;
use super::handler::Handler;
use super::request::Occasion;
use crate::connection::{Connection, Socket};

/// An answer of a handler.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Utf8Bytes,
    pub(crate) tries: usize,
}

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failure {
    /// A name that no header can carry.
    #[error("the header {0} cannot carry its value; the event is dropped")]
    Unsendable(String),
    /// The template made no URL.
    #[error(transparent)]
    Template(#[from] super::TemplateError),
    /// The URL does not want to be called, or did not say.
    #[error("{0}")]
    Validation(String),
    /// The time is up.
    #[error("no answer within {0:?}")]
    Deadline(Duration),
    /// The function app cannot be reached.
    #[error("the function app could not be reached: {0}")]
    Network(String),
    /// The answer is too long, or no text.
    #[error("the answer {0}")]
    Body(String),
    /// There is no HTTP client.
    #[error("no HTTP client: {0}")]
    Client(String),
}

impl Webhooks {
    pub(super) async fn deliver(
        &self,
        connection: &Connection,
        socket: &Socket,
        handler: &Handler,
        occasion: Occasion,
    ) -> Result<Answer, Failure> {
        let work = async {
            let client = self.client()?;
            let validation = handler.validation_url(&connection.hub.name)?;
            let bearer = self.authorization(handler);
            self.validations
                .pass(client, validation, bearer.as_deref())
                .await?;
            let url = handler.url(&connection.hub.name, occasion.name())?;
            let headers = self.headers(connection, socket, &occasion, bearer.as_deref())?;
            self.tries(client, connection, &url, &headers, occasion.body())
                .await
        };
        let work = tokio::time::timeout(self.settings.timeout, work);
        let mut work = std::pin::pin!(work);
        let result = tokio::select! {
            result = &mut work => result,
            () = tokio::time::sleep(self.settings.slow_warning) => {
                tracing::warn!(
                    "the webhook of {:?} is still unanswered; did the function fail? Later events of this connection wait for it",
                    occasion.name()
                );
                work.await
            }
        };
        let result = result.unwrap_or(Err(Failure::Deadline(self.settings.timeout)));
        match &result {
            Ok(answer) => self.hints.status(answer.status, occasion.name()),
            Err(failure) => {
                tracing::warn!("the webhook of {:?} failed: {failure}", occasion.name())
            }
        }
        result
    }

    async fn tries(
        &self,
        client: &reqwest::Client,
        connection: &Connection,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        let mut pauses = self.settings.retries.iter();
        let mut tries = 0;
        loop {
            tries += 1;
            let result = self
                .once(client, connection, url, headers, body.clone())
                .await;
            let again = match &result {
                Ok((status, _)) => {
                    status.is_server_error() || *status == StatusCode::REQUEST_TIMEOUT
                }
                Err(Failure::Network(_)) => true,
                Err(_) => false,
            };
            match pauses.next() {
                Some(pause) if again => {
                    tracing::debug!("a webhook is tried again in {pause:?}");
                    tokio::time::sleep(*pause).await;
                }
                _ => {
                    return result.map(|(status, body)| Answer {
                        status,
                        body,
                        tries,
                    });
                }
            }
        }
    }

    async fn once(
        &self,
        client: &reqwest::Client,
        connection: &Connection,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, Utf8Bytes), Failure> {
        let request = client.post(url.clone()).headers(headers.clone()).body(body);
        if let Some(fault) = connection.service.faults.webhook() {
            tokio::time::sleep(fault.delay()).await;
            if let (true, Some(second)) = (fault.duplicate, request.try_clone()) {
                let _ = second.send().await;
            }
            match fault.fail {
                Some(0) => return Err(Failure::Network("it was cut off on demand".to_owned())),
                Some(status) => {
                    let status = StatusCode::from_u16(status);
                    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                    return Ok((status, Utf8Bytes::default()));
                }
                None => {}
            }
        }
        let request = request.send();
        let mut response = request.await.map_err(|error| network(&error))?;
        let status = response.status();
        if status.is_success() {
            connection.identity.cookies().take(response.headers());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| network(&error))? {
            if body.len() + chunk.len() > self.settings.answer_limit {
                let limit = self.settings.answer_limit;
                return Err(Failure::Body(format!("is longer than {limit} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        let body = Utf8Bytes::try_from(body.freeze())
            .map_err(|_| Failure::Body("is not UTF-8 text".to_owned()))?;
        Ok((status, body))
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
