//! What a connection has to do for its client: one piece after the other, each with its webhook.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sio_net::abridge;
use sio_protocol::cloud_events::{DisconnectedBody, SystemEvent};
use sio_protocol::engine::SEPARATOR;
use sio_protocol::group::Group;
use sio_protocol::socket::Packet;
use sio_trace::TraceId;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::inbound::Violation;
use super::socket::{Socket, SocketState};
use super::{Connection, Departure, rejection};
use crate::causes::{AckId, Name, Subject};
use crate::hops::{HopKind, WebhookOutcome, abridged};
use crate::payload::Payload;
use crate::settings::{BinaryEvents, ConnectAnswer, OnEventFailure, WithoutConnectHandler};
use crate::webhook::{Outcome, WebhookEvent};

/// What waits for its turn.
pub(super) enum Work {
    Connect {
        trace: TraceId,
        socket: Arc<Socket>,
        auth: Option<String>,
    },
    Event {
        trace: TraceId,
        socket: Arc<Socket>,
        name: String,
        body: Utf8Bytes,
    },
    Disconnected(Departure),
}

impl Work {
    /// Bytes of memory that it takes, about: its socket may be waiting for nothing else.
    pub(super) fn size(&self) -> usize {
        let (socket, held) = match self {
            Self::Connect { socket, auth, .. } => (socket, auth.as_ref().map_or(0, String::len)),
            Self::Event {
                socket, name, body, ..
            } => (socket, name.len() + body.len()),
            Self::Disconnected(departure) => (&departure.socket, departure.reason.len()),
        };
        let namespace = socket.namespace.as_str().len();
        size_of::<Self>() + size_of::<Socket>() + namespace + held
    }
}

/// The webhook that is under way, and what its answer leads to.
pub(super) type Flight = Pin<Box<dyn Future<Output = Result<(), Violation>> + Send>>;

/// Starts the next piece of work. `None` when nothing has to wait for it.
pub(super) fn start(connection: &Arc<Connection>, work: Work) -> Option<Flight> {
    let connection = connection.clone();
    match work {
        Work::Connect {
            trace,
            socket,
            auth,
        } => Some(Box::pin(connect(connection, trace, socket, auth))),
        Work::Event {
            trace,
            socket,
            name,
            body,
        } => Some(Box::pin(event(connection, trace, socket, name, body))),
        Work::Disconnected(departure) => {
            let body = DisconnectedBody {
                reason: departure.reason,
            };
            let body = serde_json::to_vec(&body).unwrap_or_default();
            let trace = connection.core.hops.trace();
            notify(
                connection,
                trace,
                departure.socket,
                SystemEvent::Disconnected,
                body.into(),
            );
            None
        }
    }
}

async fn connect(
    connection: Arc<Connection>,
    trace: TraceId,
    socket: Arc<Socket>,
    auth: Option<String>,
) -> Result<(), Violation> {
    if socket.state() != SocketState::Pending {
        return Ok(());
    }
    let settings = connection.core.webhooks.settings();
    let auth = auth.filter(|_| settings.expose_auth);
    let body = connection.identity.connect_body(auth.as_deref());
    let event = WebhookEvent::System(SystemEvent::Connect, body);
    let rejection = match tell(&connection, trace, &socket, event).await {
        Outcome::Unmatched => match settings.without_connect_handler {
            WithoutConnectHandler::Accept => None,
            WithoutConnectHandler::Reject => Some(rejection::of_unmatched()),
        },
        Outcome::Answered(answer) if answer.status.is_success() => {
            if settings.connect_answer == ConnectAnswer::Honour {
                connection.honour(&answer.body);
            }
            None
        }
        Outcome::Answered(answer) => Some(rejection::of_answer(&answer)),
        Outcome::Failed(failure) => Some(rejection::of_failure(&failure)),
    };
    match rejection {
        Some(error) => connection.reject(trace, &socket, &error),
        None => {
            if connection.admit(trace, &socket) {
                let body = Bytes::from_static(b"{}");
                notify(connection, trace, socket, SystemEvent::Connected, body);
            }
        }
    }
    Ok(())
}

async fn event(
    connection: Arc<Connection>,
    trace: TraceId,
    socket: Arc<Socket>,
    name: String,
    body: Utf8Bytes,
) -> Result<(), Violation> {
    if socket.state() == SocketState::Rejected {
        return Err(Violation::new("an event for a namespace that was refused"));
    }
    let settings = connection.core.webhooks.settings();
    // Raw, the separator cannot stand in JSON, so where it is there are attachments.
    if body.contains(SEPARATOR) && settings.binary_events == BinaryEvents::Drop {
        let name = abridged(&name);
        abridge!(
            warn,
            connection.core.strangers.events,
            "the event {name:?} was dropped: it has attachments"
        );
        let problem = "the event was dropped: it has attachments, and binary_events is \"drop\"";
        connection.hop(Some(trace), Some(&socket), None, || HopKind::Webhook {
            event: name,
            outcome: WebhookOutcome::Failed(problem.to_owned()),
            took: Duration::ZERO,
        });
        return Ok(());
    }
    let event = WebhookEvent::User { name, body };
    let failed = match tell(&connection, trace, &socket, event).await {
        Outcome::Answered(answer) if answer.status.is_success() => {
            // An answer that comes too late is dropped.
            if socket.is_live() && !answer.body.is_empty() {
                let payload = Payload::parse(&answer.body, connection.core.settings.message_limit);
                connection.deliver(&payload);
                if let Some(problem) = payload.dropped.clone() {
                    let dropped = || HopKind::Dropped { problem };
                    connection.hop(Some(trace), Some(&socket), None, dropped);
                }
                let body = Some(answer.body.as_str());
                connection.hop(Some(trace), Some(&socket), body, || HopKind::Delivered {
                    what: payload.summary(),
                    to: "its sender".to_owned(),
                    clients: 1,
                    bytes: answer.body.len(),
                });
            }
            None
        }
        Outcome::Answered(_) | Outcome::Failed(_) => {
            Some((settings.on_event_failure, "SendEventFailed"))
        }
        Outcome::Unmatched => Some((settings.on_unmatched_event, "EventHandlerNotFound")),
    };
    if let Some((OnEventFailure::Close, category)) = failed {
        connection.close(category);
    }
    Ok(())
}

/// Tells the function app about an event, keeps the cookies of its answer, and reports how it went.
async fn tell(
    connection: &Connection,
    trace: TraceId,
    socket: &Socket,
    event: WebhookEvent,
) -> Outcome {
    let source = connection.source(trace, socket);
    let started = Instant::now();
    let failed = |number, problem| {
        connection.hop(Some(trace), Some(socket), None, || HopKind::Try {
            event: event.name().to_owned(),
            number,
            problem,
        });
    };
    let causes = &connection.core.causes;
    let under_way = connection.core.hops.are_heard().then(|| {
        let subject = subject(connection, socket, &event);
        causes.begin(&connection.hub, trace, subject)
    });
    let sending = connection.core.webhooks.send(&source, &event, &failed);
    let outcome = sending.await;
    drop(under_way);
    let took = started.elapsed();
    let (said, seen) = match &outcome {
        Outcome::Unmatched if event.is_system() => return outcome,
        Outcome::Unmatched => (None, WebhookOutcome::Unmatched),
        Outcome::Failed(failure) => (None, WebhookOutcome::Failed(failure.to_string())),
        Outcome::Answered(answer) => {
            if answer.status.is_success() {
                connection.identity.keep_cookies(&answer.headers);
            }
            if !answer.body.is_empty() {
                causes.acknowledged(&connection.hub, trace);
            }
            let seen = WebhookOutcome::Answered {
                status: answer.status.as_u16(),
                bytes: answer.body.len(),
                tries: answer.tries,
            };
            (Some(answer.body.as_str()), seen)
        }
    };
    connection.hop(Some(trace), Some(socket), said, || HopKind::Webhook {
        event: abridged(event.name()),
        outcome: seen,
        took,
    });
    outcome
}

/// What the calls that an event causes may name.
fn subject(connection: &Connection, socket: &Socket, event: &WebhookEvent) -> Subject {
    let own = Group::encode(socket.namespace.as_str(), socket.id.as_str());
    let mut names = vec![
        Name::Connection(connection.session.id().to_string()),
        Name::Group(own.as_str().to_owned()),
    ];
    names.extend(connection.user().map(|user| Name::User(user.to_owned())));
    let ack = match event {
        WebhookEvent::System(..) => None,
        WebhookEvent::User { body, .. } => wanted(body),
    };
    Subject { names, ack }
}

/// The acknowledgement that an event's packet asks for.
fn wanted(body: &str) -> Option<AckId> {
    let packet = Packet::parse(body.strip_prefix('4')?).ok()?;
    Some((packet.namespace.to_owned(), packet.ack_id?.to_owned()))
}

/// Tells the function app something that nothing waits for.
fn notify(
    connection: Arc<Connection>,
    trace: TraceId,
    socket: Arc<Socket>,
    event: SystemEvent,
    body: Bytes,
) {
    let service = connection.core.clone();
    service.tasks.spawn(async move {
        tell(
            &connection,
            trace,
            &socket,
            WebhookEvent::System(event, body),
        )
        .await;
    });
}

#[cfg(test)]
mod tests {
    use sio_protocol::names::{Namespace, SocketId};

    use super::*;

    #[test]
    fn the_size_of_work_counts_every_text_that_a_client_chooses() {
        let long = 700;
        let namespace = format!("/{}", "n".repeat(long));
        let namespace = Namespace::new(namespace).unwrap();
        let id = SocketId::new("s").unwrap();
        let socket = Arc::new(Socket::new(id, namespace));
        let connect = |auth: Option<String>| Work::Connect {
            trace: TraceId::new(1),
            socket: socket.clone(),
            auth,
        };
        let event = |name: String, body: String| Work::Event {
            trace: TraceId::new(1),
            socket: socket.clone(),
            name,
            body: body.into(),
        };
        let text = || "x".repeat(long);
        assert!(connect(None).size() > long);
        assert!(connect(Some(text())).size() > 2 * long);
        assert!(event(text(), text()).size() > 3 * long);
    }
}
