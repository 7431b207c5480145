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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use sio_protocol::names::Namespace;

    use super::*;
    use crate::io::{Io, Scope};
    use crate::settings::Settings;

    /// What becomes of three actions at a service that takes one and gives this to the second.
    async fn flushed(second: Option<u16>) -> FlushError {
        let listener = sio_net::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let text = format!(
            "Endpoint=http://{};AccessKey=k;",
            listener.local_addr().unwrap()
        );
        let calls = Arc::new(AtomicUsize::default());
        let service = move |_| {
            let first = calls.fetch_add(1, Ordering::Relaxed) == 0;
            async move {
                let status = match (first, second) {
                    (true, _) => 202,
                    (false, Some(status)) => status,
                    (false, None) => std::future::pending().await,
                };
                let mut answer = http::Response::new(sio_net::empty());
                *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
                answer
            }
        };
        let never = std::future::pending();
        let limits = sio_net::Limits::default();
        let server = tokio::spawn(sio_net::serve(listener, service, limits, never));
        let settings = Settings::new().with(Settings::CONNECTION, text);
        let service = Service::new(settings.connection(Settings::CONNECTION).unwrap());
        let io = Io::new(Scope {
            hub: Some(Arc::new(HubName::new("hub").unwrap())),
            namespace: Namespace::main(),
        });
        io.emit("one", ());
        io.socket("s1").join("two");
        io.emit("three", ());
        let services = Services::any(Arc::new(service));
        // Long enough for the first call, and for an answer to the second where one comes.
        let patience = match second {
            Some(_) => Duration::from_secs(10),
            None => Duration::from_secs(1),
        };
        let outcome = flush(&services, io.close(), Instant::now() + patience).await;
        server.abort();
        outcome.unwrap_err()
    }

    #[tokio::test]
    async fn an_error_lists_what_was_sent_and_what_was_not() {
        let error = flushed(Some(400)).await.to_string();
        let expected = [
            r#"join "two": socket s1: "#,
            "400",
            r#"sent before it: emit "one": everybody"#,
            r#"not sent after it: emit "three": everybody"#,
        ];
        for part in expected {
            assert!(error.contains(part), "{error}");
        }
    }

    #[tokio::test]
    async fn a_service_that_does_not_answer_is_left_at_the_deadline() {
        let error = flushed(None).await;
        let late = matches!(
            &error,
            FlushError::Failed { reason: SendError::Deadline(after), sent, unsent, .. }
                if *after <= Duration::from_secs(5) && sent.len() == 1 && unsent.len() == 1
        );
        assert!(late, "{error}");
    }
}
