//! From a request of the service to the handler and back.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use sio_net::LimitError;
use sio_protocol::cloud_events::SystemEvent;
use sio_protocol::names::Namespace;

use crate::app::{HubTable, NamespaceTable, OnError, Registry};
use crate::client::{self, Services};
use crate::handler::{
    Answer, Deadline, Detail, Failure, Invocation, Request, Response, Running, SocketInput, UNACKED,
};
use crate::settings::{Settings, SettingsError};
use crate::telemetry::count::{self, EventEnd};
use crate::telemetry::{Abridged, Record, abridge};

use super::answer;
use super::guard::Guard;
use super::request::{self, Head};
use super::unknown::Unknown;

/// Stands for the names that clients choose, of which there may be any number.
const OTHERS: &str = "(others)";

/// The webhook of an app.
#[derive(Debug)]
pub(crate) struct Webhook {
    registry: Arc<Registry>,
    services: Services,
    guard: Guard,
    unknown: Unknown,
    refused: Abridged,
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
            unknown: Unknown::new(settings.is_development()),
            refused: Abridged::default(),
        })
    }

    /// Answers a request, whose body arrives apart, within the time of its invocation. Credentials come before everything
    /// else, so that a stranger cannot find out what exists, and nothing that one sends is kept.
    pub(crate) async fn handle(
        &self,
        request: &mut Request,
        body: impl Future<Output = Result<Bytes, LimitError>>,
        invocation: Invocation,
        record: &Record,
    ) -> Response {
        if matches!(request.method, Method::OPTIONS | Method::GET) {
            return self.guard.validate(&request.headers);
        }
        let trusted = match self.guard.trusts(&request.headers).await {
            Ok(trusted) => trusted,
            Err(stranger) => {
                abridge!(
                    warn,
                    self.refused,
                    "a request to the webhook was refused: {stranger}"
                );
                count::refused();
                return answer::stranger();
            }
        };
        if request.method != Method::POST {
            return answer::wrong_method();
        }
        let unfit = &self.registry.shared.unfit;
        match body.await {
            Ok(body) => request.body = body.into(),
            Err(error @ LimitError::TooLong(_)) => {
                abridge!(
                    error,
                    unfit,
                    "a request to the webhook was not read: {error}"
                );
                return Response::not_read(&error);
            }
            // Then the body is as lost as one that the host has lost.
            Err(error) => {
                abridge!(
                    error,
                    unfit,
                    "a request to the webhook was not read: {error}"
                );
            }
        }
        let head = match Head::read(&request.headers) {
            Ok(head) => head,
            Err(problem) => {
                abridge!(
                    warn,
                    unfit,
                    "a request to the webhook is malformed: {problem}"
                );
                return answer::malformed(&problem.to_string());
            }
        };
        let hub = self.registry.hub(head.hub);
        let hub = hub.filter(|hub| trusted.contains(&hub.connection.as_str()));
        let namespace = head.namespace.as_str();
        record.is_for(head.event, namespace, head.event_id.as_deref());
        let name = head.event;
        match self.dispatch(hub, head, request, invocation) {
            Found::Handler(event) => {
                let (system, table, deadline) = (event.system, event.table, event.deadline);
                let (response, outcome, unacked) = self.respond(event).await;
                count::event(|| EventEnd {
                    event: match system.is_some() || table.names(name) {
                        true => name,
                        false => OTHERS,
                    },
                    outcome,
                    unacked,
                    took: deadline.used(),
                });
                response
            }
            Found::Answer(response) => response,
        }
    }

    /// Finds what is registered for an event, and starts it.
    fn dispatch<'a>(
        &'a self,
        hub: Option<&'a HubTable>,
        head: Head<'_>,
        request: &Request,
        invocation: Invocation,
    ) -> Found<'a> {
        let table = hub.and_then(|hub| hub.open_namespace(head.namespace.as_str()));
        match (hub, table) {
            (Some(hub), Some(table)) => self.start_handler(hub, table, head, request, invocation),
            _ if head.system == Some(SystemEvent::Connect) => {
                self.unknown.namespace(head.hub, head.namespace.as_str());
                Found::Answer(answer::unknown_namespace())
            }
            _ if head.system.is_some() => Found::Answer(answer::nothing()),
            _ => {
                let namespace = &head.namespace;
                Found::Answer(self.unhandled(head.hub, namespace, head.event, invocation.deadline))
            }
        }
    }

    /// Says that an event has no handler.
    fn unhandled(
        &self,
        hub: &str,
        namespace: &Namespace,
        event: &str,
        deadline: Deadline,
    ) -> Response {
        self.unknown.event(hub, namespace.as_str(), event);
        count::event(|| EventEnd {
            event: OTHERS,
            outcome: "unhandled",
            unacked: false,
            took: deadline.used(),
        });
        answer::nothing()
    }

    fn start_handler<'a>(
        &self,
        hub: &'a HubTable,
        table: &'a NamespaceTable,
        head: Head<'_>,
        request: &Request,
        invocation: Invocation,
    ) -> Found<'a> {
        let system = head.system;
        let detail = match request::detail(&head, request) {
            Ok(detail) => detail,
            Err(problem) => {
                let failure = Failure::Invalid(problem);
                failure.log(&self.registry.shared.unfit, "");
                return Found::Answer(failed(system, hub.on_error));
            }
        };
        let ack = match &detail {
            Detail::Event(event) => event.ack_id.clone(),
            _ => None,
        };
        let namespace = head.namespace.clone();
        let input = SocketInput {
            hub: hub.name.clone(),
            namespace: head.namespace,
            socket_id: head.socket_id,
            connection_id: head.connection_id,
            user: head.user,
            event_id: head.event_id,
            detail,
        };
        let deadline = invocation.deadline;
        let shared = &self.registry.shared;
        let Some((running, _)) = table.launch(head.event, input, shared, invocation) else {
            return Found::Answer(match system {
                Some(_) => answer::nothing(),
                None => self.unhandled(head.hub, &namespace, head.event, deadline),
            });
        };
        Found::Handler(Event {
            running,
            hub,
            table,
            system,
            ack: ack.map(|id| (namespace, id)),
            deadline,
        })
    }

    /// Waits for a handler, sends what it put out, and answers: with the outcome, and whether an acknowledgement is
    /// missing.
    async fn respond(&self, event: Event<'_>) -> (Response, &'static str, bool) {
        let unfit = &self.registry.shared.unfit;
        let (outcome, outbox) = event.running.await.settle(unfit);
        let outcome = match outcome {
            Ok(answer) => {
                let sent = client::flush(&self.services, outbox, event.deadline.instant()).await;
                sent.map(|()| answer).map_err(Failure::from)
            }
            Err(failure) => Err(failure),
        };
        match outcome {
            Ok(Answer::Reject {
                status,
                message,
                data,
            }) => {
                let response = answer::rejected(status, &message, data.as_ref());
                (response, "refused", false)
            }
            Ok(Answer::Ack { list, attachments }) => {
                let response = match event.ack {
                    Some((namespace, id)) => answer::ack(&namespace, &id, &list, &attachments),
                    None => answer::nothing(),
                };
                (response, "ok", false)
            }
            Ok(_) => (answer::nothing(), "ok", event.ack.is_some()),
            Err(failure) => {
                if event.ack.is_some() {
                    failure.log(unfit, UNACKED);
                    return (answer::event_failed(event.hub.on_error), "failed", true);
                }
                failure.log(unfit, "");
                (failed(event.system, event.hub.on_error), "failed", false)
            }
        }
    }
}

/// What a request leads to.
enum Found<'a> {
    /// A handler that has been started.
    Handler(Event<'a>),
    /// An answer at once: nothing is registered, or the event is unreadable.
    Answer(Response),
}

/// An event whose handler has been started.
struct Event<'a> {
    running: Running,
    hub: &'a HubTable,
    table: &'a NamespaceTable,
    system: Option<SystemEvent>,
    /// Under which id, and where, its sender waits for an acknowledgement.
    ack: Option<(Namespace, String)>,
    deadline: Deadline,
}

/// Answers a failure as the table of outcomes says.
fn failed(system: Option<SystemEvent>, policy: OnError) -> Response {
    match system {
        Some(SystemEvent::Connect) => answer::connect_failed(policy),
        // The answer to the other two is not awaited.
        Some(_) => answer::nothing(),
        None => answer::event_failed(policy),
    }
}
