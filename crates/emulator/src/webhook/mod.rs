//! Webhooks: what the service tells the function app, and what the answers mean.
//!
//! | file | what |
//! |---|---|
//! | `handler.rs` | which handler takes an event, and at which URL |
//! | `validation.rs` | asking a URL once whether it wants to be called at all |
//! | `request.rs` | headers and bodies |
//! | `delivery.rs` | tries, pauses, deadline |
//! | `cookies.rs` | what the function app wants to have back |
//! | `hints.rs` | what to do about the classic mistakes |
//!
//! Source: service contract, section 2.

mod cookies;
mod delivery;
mod handler;
mod hints;
mod request;
mod validation;

pub use handler::{EventHandler, HubPolicy, TemplateError};

pub(crate) use delivery::{Answer, Failure};
pub(crate) use handler::{Handlers, Policies};
pub(crate) use request::{Identity, Occasion};

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use sio_protocol::signature::Signer;

use crate::clock::Clock;
use crate::connection::{Connection, Socket};
use crate::hops::{HopKind, WebhookOutcome};
use crate::settings::WebhookSettings;

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
    client: OnceLock<reqwest::Client>,
    validations: Arc<validation::Validations>,
    hints: hints::Hints,
}

/// What came of an event.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// No handler takes it.
    Unmatched,
    /// A handler answered, with whatever status.
    Answered(Answer),
    /// No handler could be asked, or none answered.
    Failed(Failure),
}

impl Webhooks {
    pub(crate) fn new(
        policies: Policies,
        settings: WebhookSettings,
        origin: String,
        keys: &[String],
        clock: Clock,
    ) -> Self {
        Self {
            policies,
            validations: Arc::new(validation::Validations::new(&settings, &origin)),
            settings,
            origin,
            key: keys.first().cloned().unwrap_or_default(),
            signers: keys.iter().map(|key| Signer::new(key)).collect(),
            clock,
            client: OnceLock::new(),
            hints: hints::Hints::default(),
        }
    }

    pub(crate) fn settings(&self) -> &WebhookSettings {
        &self.settings
    }

    /// Tells the first handler that takes an event about it, and waits for the answer or the deadline.
    pub(crate) async fn send(
        &self,
        connection: &Connection,
        trace: u64,
        socket: &Socket,
        occasion: Occasion,
    ) -> Outcome {
        let event = occasion.name().to_owned();
        let Some(handler) = self.policies.of(&connection.hub.name).find(&occasion) else {
            if !occasion.is_system() {
                tracing::info!(
                    category = "EventHandlerNotFound",
                    "no event handler takes {event:?}"
                );
                connection.hop(Some(trace), Some(socket), None, || HopKind::Webhook {
                    event,
                    outcome: WebhookOutcome::Unmatched,
                    took: std::time::Duration::ZERO,
                });
            }
            return Outcome::Unmatched;
        };
        let started = Instant::now();
        let result = self.deliver(connection, socket, handler, occasion).await;
        let said = result.as_ref().ok().map(|answer| answer.body.as_str());
        connection.hop(Some(trace), Some(socket), said, || HopKind::Webhook {
            event,
            outcome: match &result {
                Ok(answer) => WebhookOutcome::Answered {
                    status: answer.status.as_u16(),
                    packets: !answer.body.is_empty(),
                    tries: answer.tries,
                },
                Err(failure) => WebhookOutcome::Failed(failure.to_string()),
            },
            took: started.elapsed(),
        });
        match result {
            Ok(answer) => Outcome::Answered(answer),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    /// The value of `Authorization` for a handler with a managed identity. No real one can be had here: it is what the
    /// settings say, or a token of the right form with a signature that proves nothing to Microsoft Entra.
    fn authorization(&self, handler: &handler::Handler) -> Option<String> {
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

    /// The HTTP client, made when the first webhook needs it: reading the certificates takes a while.
    fn client(&self) -> Result<&reqwest::Client, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let mut builder = reqwest::Client::builder();
        if !self.policies.any_https() {
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
}
