//! Calling a handler: validation first, then tries with pauses until one is answered or the time is up.
//!
//! Source: docs/contracts/service.md, "Timeouts and retries" and "What the answer means".

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use sio_protocol::signature::{self, Signer};
use url::Url;

use super::caller::Caller;
use super::event::WebhookEvent;
use super::handler::{Handler, Policies};
use super::hints::Hints;
use super::outcome::{Answer, Failure, Outcome};
use super::request;
use super::source::Source;
use super::validation::Validations;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::hops::abridged;
use crate::settings::WebhookSettings;

/// Hears of a try's number and why it failed.
pub(crate) type FailedTry<'a> = dyn Fn(usize, String) + Sync + 'a;

/// When an unanswered webhook is reported: later than a function starts, sooner than its developer gives up.
const SLOW_WARNING: Duration = Duration::from_secs(5);

/// Calls the event handlers.
pub(crate) struct Webhooks {
    policies: Policies,
    settings: WebhookSettings,
    /// The host that the service says it is, without port.
    origin: String,
    signers: Vec<Signer>,
    /// The primary access key, for the placeholder of a managed identity's token.
    key: String,
    clock: Clock,
    caller: Caller,
    validations: Arc<Validations>,
    hints: Hints,
}

impl Webhooks {
    pub(crate) fn new(
        policies: Policies,
        settings: WebhookSettings,
        origin: String,
        keys: &[String],
        clock: Clock,
        faults: Arc<Faults>,
    ) -> Self {
        Self {
            caller: Caller::new(policies.any_https(), faults),
            policies,
            validations: Arc::new(Validations::new(&settings, &origin)),
            settings,
            origin,
            key: keys.first().cloned().unwrap_or_default(),
            signers: keys.iter().map(|key| Signer::new(key)).collect(),
            clock,
            hints: Hints::default(),
        }
    }

    pub(crate) fn settings(&self) -> &WebhookSettings {
        &self.settings
    }

    /// The signature header of a connection.
    pub(crate) fn signature(&self, connection_id: &str) -> String {
        signature::header(&self.signers, connection_id)
    }

    /// Tells the first handler that takes an event about it, and waits for the answer or the deadline.
    /// `failed` hears of each try that is followed by another.
    pub(crate) async fn send(
        &self,
        source: &Source<'_>,
        event: &WebhookEvent,
        failed: &FailedTry<'_>,
    ) -> Outcome {
        let Some(handler) = self.policies.handlers_of(source.hub).find(event) else {
            if !event.is_system() {
                let name = abridged(event.name());
                tracing::info!(
                    category = "EventHandlerNotFound",
                    "no event handler takes {name:?}"
                );
            }
            return Outcome::Unmatched;
        };
        match self.deliver(source, handler, event, failed).await {
            Ok(answer) => Outcome::Answered(answer),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    async fn deliver(
        &self,
        source: &Source<'_>,
        handler: &Handler,
        event: &WebhookEvent,
        failed: &FailedTry<'_>,
    ) -> Result<Answer, Failure> {
        let name = abridged(event.name());
        let call = self.call(source, handler, event, failed);
        let work = tokio::time::timeout(self.settings.timeout, call);
        let mut work = std::pin::pin!(work);
        let result = tokio::select! {
            result = &mut work => result,
            () = tokio::time::sleep(SLOW_WARNING) => {
                tracing::warn!(
                    "the webhook of {name:?} is still unanswered; did the function fail? Later events of this connection wait for it"
                );
                work.await
            }
        };
        let result = result.unwrap_or(Err(Failure::Deadline(self.settings.timeout)));
        match &result {
            Ok(answer) => self.hints.status(answer, &name),
            Err(failure) => tracing::warn!("the webhook of {name:?} failed: {failure}"),
        }
        result
    }

    async fn call(
        &self,
        source: &Source<'_>,
        handler: &Handler,
        event: &WebhookEvent,
        failed: &FailedTry<'_>,
    ) -> Result<Answer, Failure> {
        let client = self.caller.client()?;
        let bearer = self.authorization(handler);
        let validation = handler.validation_url(source.hub)?;
        self.validations
            .pass(client, validation, bearer.as_deref())
            .await?;
        let url = handler.url(source.hub, event.name())?;
        let headers = request::headers(
            &self.settings,
            &self.origin,
            self.clock.now(),
            source,
            event,
            bearer.as_deref(),
        )?;
        self.tries(client, &url, &headers, event.body(), failed)
            .await
    }

    async fn tries(
        &self,
        client: &reqwest::Client,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
        failed: &FailedTry<'_>,
    ) -> Result<Answer, Failure> {
        let mut pauses = self.settings.retries.iter();
        let mut tries = 0;
        loop {
            tries += 1;
            let result = self.caller.post(client, url, headers, body.clone()).await;
            let again = match &result {
                Ok((status, ..)) => {
                    status.is_server_error() || *status == StatusCode::REQUEST_TIMEOUT
                }
                Err(Failure::Network(_)) => true,
                Err(_) => false,
            };
            match pauses.next() {
                Some(pause) if again => {
                    let problem = match &result {
                        Ok((status, ..)) => format!("the response was {}", status.as_u16()),
                        Err(failure) => failure.to_string(),
                    };
                    failed(tries, problem);
                    tracing::debug!("a webhook is tried again in {pause:?}");
                    tokio::time::sleep(*pause).await;
                }
                _ => {
                    return result.map(|(status, headers, body)| Answer {
                        status,
                        headers,
                        body,
                        tries,
                    });
                }
            }
        }
    }

    /// The value of `Authorization` for a handler with a managed identity. A real one is not available here: it is the
    /// token of the settings, or one of the right form with a signature that Microsoft Entra would refuse.
    fn authorization(&self, handler: &Handler) -> Option<String> {
        let audience = handler.managed_identity.as_deref()?;
        let token = match &self.settings.bearer {
            Some(token) => token.clone(),
            None => {
                let none = "00000000-0000-0000-0000-000000000000";
                let now = self.clock.unix_seconds();
                let claims = serde_json::json!({
                    "aud": audience,
                    "iss": format!("https://sts.windows.net/{none}/"),
                    "iat": now,
                    "nbf": now,
                    "exp": now + 3600,
                    "appid": none,
                    "oid": none,
                    "tid": none,
                });
                sio_protocol::token::sign(&self.key, &claims).unwrap_or_default()
            }
        };
        (!token.is_empty()).then(|| format!("Bearer {token}"))
    }
}
