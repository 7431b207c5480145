//! One service resource: its address, its key, and a pool of connections to it.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::token::{self, NewClaims};
use tokio::time::Instant;

use super::{Call, SendError};

/// How long the token of one call holds, in seconds, as in Microsoft's SDKs.
const TOKEN_LIFETIME: i64 = 300;

/// The pauses between attempts, unless the service names one.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_millis(3000),
];

/// A service that calls can be made to.
#[derive(Debug)]
pub(crate) struct Service {
    connection: ConnectionString,
    /// Built at the first call: reading the certificate store would otherwise delay every cold start.
    http: OnceLock<reqwest::Client>,
}

impl Service {
    /// A service reached with an access key.
    #[must_use]
    pub(crate) fn new(connection: ConnectionString) -> Self {
        Self {
            connection,
            http: OnceLock::new(),
        }
    }

    /// Where it is and how to prove that it is ours.
    #[must_use]
    pub(crate) fn connection(&self) -> &ConnectionString {
        &self.connection
    }

    /// Makes a call, again when that is safe, until `deadline`.
    ///
    /// # Errors
    /// What the last attempt ended with.
    pub(crate) async fn send(&self, call: &Call, deadline: Instant) -> Result<(), SendError> {
        let started = Instant::now();
        let mut pauses = PAUSES.iter();
        loop {
            let attempt = tokio::time::timeout_at(deadline, self.attempt(call));
            let Ok(outcome) = attempt.await else {
                return Err(SendError::Deadline(started.elapsed()));
            };
            let Err(error) = outcome else { return Ok(()) };
            let again = error.is_passing() && (call.idempotent || error.is_untouched());
            let Some(pause) = pauses.next().filter(|_| again) else {
                return Err(error);
            };
            let pause = match &error {
                SendError::Status {
                    retry_after: Some(asked),
                    ..
                } => *asked,
                _ => *pause,
            };
            if Instant::now() + pause >= deadline {
                return Err(error);
            }
            tracing::warn!("{error}; trying again in {pause:?}");
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<(), SendError> {
        let endpoint = self.connection.endpoint();
        let url = format!("{endpoint}{}", call.target);
        let now = now();
        // The audience is the whole URL, query included, and each attempt has a token of its own.
        let claims = NewClaims::new(&url, now, TOKEN_LIFETIME);
        let token = token::sign(self.connection.access_key(), &claims)?;
        let response = self
            .http()?
            .post(&url)
            .header(CONTENT_TYPE, call.content_type)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(call.body.clone())
            .send()
            .await
            .map_err(|error| SendError::Network {
                untouched: error.is_connect(),
                source: error.without_url(),
            })?;
        let status = response.status().as_u16();
        if status == call.success {
            return Ok(());
        }
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        Err(SendError::Status {
            status,
            code: header("x-ms-error-code"),
            retry_after: header(RETRY_AFTER.as_str())
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs),
        })
    }

    fn http(&self) -> Result<&reqwest::Client, SendError> {
        if let Some(client) = self.http.get() {
            return Ok(client);
        }
        let mut builder = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none());
        if self.connection.endpoint().is_loopback() {
            // A proxy for the outside world has no business between us and an emulator.
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| SendError::Build(error.to_string()))?;
        // Two first calls may both build one; the second is dropped.
        Ok(self.http.get_or_init(|| client))
    }
}

/// Seconds since 1970.
#[must_use]
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
