//! From a request of the service to the handler and back.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use sio_protocol::cloud_events::SystemEvent;

use crate::app::{HubTable, NamespaceTable, OnError, Registry};
use crate::client::{self, Services};
use crate::handler::{
    Answer, Detail, Failure, Function, Invocation, InvocationId, Kind, Request, Response,
    SocketInput,
};
use crate::settings::{Settings, SettingsError};
use crate::telemetry::Record;

use super::answer;
use super::guard::Guard;
use super::request::{self, Head};
use super::unknown::UnknownEvents;

/// The webhook of an app.
#[derive(Debug)]
pub(crate) struct Webhook {
    registry: Arc<Registry>,
    services: Services,
    guard: Guard,
    unknown: UnknownEvents,
    deadline: Duration,
}

impl Webhook {
    /// The webhook of an app whose hubs are served by these services.
    ///
    /// # Errors
    /// A hub's connection setting is missing or wrong.
    pub(crate) fn new(
        registry: Arc<Registry>,
        services: Services,
        settings: &Settings,
    ) -> Result<Self, SettingsError> {
        let connections = registry.hubs.iter().map(|hub| hub.connection.as_str());
        let guard = Guard::new(connections, settings)?;
        Ok(Self {
            registry,
            services,
            guard,
            unknown: UnknownEvents::default(),
            deadline: settings.event_deadline()?,
        })
    }

    /// Answers a request. Credentials come before everything else, so that a stranger cannot find out what exists.
    pub(crate) async fn handle(
        &self,
        request: Request,
        invocation: InvocationId,
        record: &Record,
    ) -> Response {
        match request.method {
            Method::OPTIONS | Method::GET => return self.guard.validate(&request.headers),
            Method::POST => {}
            _ => return answer::wrong_method(),
        }
        let trusted = self.guard.trusts(&request.headers).await;
        if trusted.is_empty() {
            tracing::warn!(
                "a request to the webhook was refused: no service of this app sent it. Is the access key in the connection string still one of the service's two?"
            );
            return answer::stranger();
        }
        let head = match Head::read(&request.headers) {
            Ok(head) => head,
            Err(problem) => {
                tracing::warn!("a request to the webhook is malformed: {problem}");
                return answer::malformed(&problem.to_string());
            }
        };
        let hub = self.registry.hub(head.hub);
        let hub = hub.filter(|hub| trusted.contains(&hub.connection.as_str()));
        let namespace = head.namespace.as_str();
        record.is_for(head.event, namespace, head.event_id.as_deref());
        let invocation = Invocation::new(invocation, self.deadline);
        self.dispatch(hub, head, &request, invocation).await
    }

    async fn dispatch(
        &self,
        hub: Option<&HubTable>,
        head: Head<'_>,
        request: &Request,
        invocation: Invocation,
    ) -> Response {
        let table = hub.and_then(|hub| hub.open_namespace(head.namespace.as_str()));
        match (hub, table) {
            (Some(hub), Some(table)) => self.run(hub, table, head, request, invocation).await,
            _ if head.system == Some(SystemEvent::Connect) => {
                tracing::warn!(
                    "a client asked for namespace {:?} of hub {:?}, where nothing is registered",
                    head.namespace.as_str(),
                    head.hub
                );
                answer::unknown_namespace()
            }
            _ if head.system.is_some() => answer::nothing(),
            _ => {
                self.unknown
                    .warn(head.hub, head.namespace.as_str(), head.event);
                answer::nothing()
            }
        }
    }

    async fn run(
        &self,
        hub: &HubTable,
        table: &NamespaceTable,
        head: Head<'_>,
        request: &Request,
        invocation: Invocation,
    ) -> Response {
        let detail = match request::detail(&head, request) {
            Ok(detail) => detail,
            Err(problem) => return failed(head.system, hub.on_error, &Failure::Input(problem)),
        };
        let system = head.system;
        let namespace = head.namespace.clone();
        let ack_id = match &detail {
            Detail::Event(event) => event.ack_id.clone(),
            _ => None,
        };
        let event = table.event(head.event);
        let input = SocketInput {
            hub: hub.name.clone(),
            namespace: head.namespace,
            socket_id: head.socket_id,
            connection_id: head.connection_id,
            user: head.user,
            event_id: head.event_id,
            detail,
        };
        let outcome = match system {
            Some(SystemEvent::Connect) => {
                self.call(table.connect.as_ref(), input, invocation).await
            }
            Some(SystemEvent::Connected) => {
                self.call(table.connected.as_ref(), input, invocation).await
            }
            Some(SystemEvent::Disconnected) => {
                self.call(table.disconnected.as_ref(), input, invocation)
                    .await
            }
            None => {
                if event.is_none() {
                    self.unknown.warn(head.hub, namespace.as_str(), head.event);
                }
                self.call(event, input, invocation).await
            }
        };
        match outcome {
            Ok(Answer::Reject {
                status,
                message,
                data,
            }) => answer::rejected(status, &message, data.as_ref()),
            Ok(Answer::Ack { list, attachments }) => match ack_id {
                Some(id) => answer::ack(&namespace, &id, &list, &attachments),
                None => answer::nothing(),
            },
            Ok(_) => answer::nothing(),
            Err(failure) => failed(system, hub.on_error, &failure),
        }
    }

    /// Runs a handler, then sends what it put out. Without a handler there is nothing to do.
    async fn call<K: Kind<Input = SocketInput>>(
        &self,
        function: Option<&Function<K>>,
        input: SocketInput,
        invocation: Invocation,
    ) -> Result<Answer, Failure> {
        let Some(function) = function else {
            return Ok(Answer::Nothing);
        };
        let deadline = invocation.deadline;
        let shared = self.registry.shared.clone();
        let (outcome, outbox) = function
            .run_in(input.scope(), input, shared, invocation)
            .await;
        let answer = outcome?;
        client::flush(&self.services, outbox, deadline.instant()).await?;
        Ok(answer)
    }
}

/// Logs a failure and answers as the table of outcomes says.
fn failed(system: Option<SystemEvent>, policy: OnError, failure: &Failure) -> Response {
    tracing::error!("{failure}");
    match system {
        Some(SystemEvent::Connect) => answer::connect_failed(policy),
        // Nobody waits for the answer to the other two.
        Some(_) => answer::nothing(),
        None => answer::event_failed(policy),
    }
}
