//! Sending what an invocation put out, in order.

use std::collections::HashMap;
use std::sync::Arc;

use sio_protocol::names::HubName;
use tokio::time::Instant;

use super::{Call, FlushError, SendError, Service};
use crate::io::{Action, Outbox};

/// The service of each hub.
#[derive(Debug, Clone, Default)]
pub(crate) struct Services {
    of_hubs: Arc<HashMap<HubName, Arc<Service>>>,
    any: Option<Arc<Service>>,
}

impl Services {
    /// One service for whatever hub.
    #[must_use]
    pub(crate) fn any(service: Arc<Service>) -> Self {
        Self {
            any: Some(service),
            ..Self::default()
        }
    }

    /// Adds the service of a hub.
    pub(crate) fn insert(&mut self, hub: HubName, service: Arc<Service>) {
        Arc::make_mut(&mut self.of_hubs).insert(hub, service);
    }

    /// The service of a hub.
    #[must_use]
    pub(crate) fn get(&self, hub: &HubName) -> Option<&Arc<Service>> {
        self.of_hubs.get(hub).or(self.any.as_ref())
    }
}

/// Sends the content of an outbox, one call after the other, so that clients see the order of the handler.
///
/// # Errors
/// The first call that fails, with lists of what was and was not sent.
pub(crate) async fn flush(
    services: &Services,
    outbox: Outbox,
    deadline: Instant,
) -> Result<(), FlushError> {
    if !outbox.errors.is_empty() {
        return Err(FlushError::Refused(outbox.errors));
    }
    if outbox.actions.is_empty() {
        return Ok(());
    }
    // Boxed: calls are large, and an event that sends nothing should not have their size.
    Box::pin(send(services, outbox.actions, deadline)).await
}

async fn send(
    services: &Services,
    actions: Vec<Action>,
    deadline: Instant,
) -> Result<(), FlushError> {
    let mut waiting = actions.into_iter();
    let mut sent = Vec::new();
    while let Some(action) = waiting.next() {
        let outcome = match services.get(&action.hub) {
            Some(service) => service.send(&Call::of(&action), deadline).await,
            None => Err(SendError::Hub(action.hub.to_string())),
        };
        if let Err(reason) = outcome {
            return Err(FlushError::Failed {
                failed: Box::new(action),
                reason,
                sent,
                unsent: waiting.collect(),
            });
        }
        tracing::debug!("sent: {action}");
        sent.push(action);
    }
    Ok(())
}
