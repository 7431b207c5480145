//! The task of a connection: takes in what the client sends and hands its events on, one at a time.
//!
//! CONNECT and events wait in one queue, and at most one webhook of a connection is under way. A client that leaves does
//! not wait for it: its sockets and groups go at once, late answers are dropped, and its `disconnected` webhooks follow
//! the events that came before.
//!
//! Source: service contract, "Ordering and concurrency".

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::OptionFuture;
use sio_protocol::cloud_events::{DisconnectedBody, SystemEvent};
use sio_protocol::engine::SEPARATOR;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::inbound::{Assembler, Inbound, Violation};
use super::socket::{Socket, SocketState};
use super::{Connection, Departure, Standing, rejection};
use crate::hops::HopKind;
use crate::payload::Payload;
use crate::settings::{
    BinaryEvents, ClientAcks, ConnectAnswer, OnEventFailure, WithoutConnectHandler,
};
use crate::transport::{End, Packet};
use crate::webhook::{Occasion, Outcome};

/// What waits for its turn.
enum Work {
    Connect {
        trace: u64,
        socket: Arc<Socket>,
        auth: Option<String>,
    },
    Event {
        trace: u64,
        socket: Arc<Socket>,
        name: String,
        body: Utf8Bytes,
    },
    Disconnected(Departure),
}

/// The webhook that is under way, and what its answer leads to.
type Flight = Pin<Box<dyn Future<Output = Result<(), Violation>> + Send>>;

/// Runs a connection until its client has gone and everything it sent is handed on.
pub(crate) async fn run(connection: Arc<Connection>, mut inbox: mpsc::Receiver<Packet>) {
    let session = connection.session.clone();
    let settings = &connection.service.settings;
    let mut assembler = Assembler::new(settings.max_attachments);
    let mut queue = VecDeque::new();
    let mut flight: Option<Flight> = None;
    let mut open = true;
    let mut ended = std::pin::pin!(session.ended());
    let mut unconnected = std::pin::pin!(tokio::time::sleep(settings.connect_timeout));
    let (mut armed, mut joined) = (true, false);

    while open || flight.is_some() || !queue.is_empty() {
        if flight.is_none()
            && let Some(work) = queue.pop_front()
        {
            flight = start(&connection, work);
            continue;
        }
        let outcome = tokio::select! {
            Some(packet) = inbox.recv(), if open && queue.len() < settings.waiting_events => {
                take(&connection, &mut assembler, &mut queue, packet)
            }
            Some(outcome) = OptionFuture::from(flight.as_mut()), if flight.is_some() => {
                flight = None;
                outcome
            }
            () = connection.departures.notified() => Ok(()),
            () = &mut unconnected, if open && armed => {
                armed = false;
                if connection.standing() == Standing::Idle {
                    tracing::debug!(connection = %session.id(), "joined no namespace in time");
                    connection.close("no namespace was joined");
                }
                Ok(())
            }
            end = &mut ended, if open => {
                open = false;
                // What arrived before the end still counts, unless the service ended it.
                while !matches!(end, End::Closed(_)) && let Ok(packet) = inbox.try_recv() {
                    let _ = take(&connection, &mut assembler, &mut queue, packet);
                }
                connection.retire(&end.to_string());
                Ok(())
            }
        };
        if let Err(violation) = outcome {
            tracing::debug!(connection = %session.id(), "{violation}");
            connection.close("parse error");
        }
        if open && !armed && !joined {
            match connection.standing() {
                // The function app took its time and then said no: the client has as long again to ask for another.
                Standing::Idle => {
                    let again = Instant::now() + settings.connect_timeout;
                    unconnected.as_mut().reset(again);
                    armed = true;
                }
                Standing::Pending => {}
                Standing::Joined => joined = true,
            }
        }
        let departed = connection.departed();
        queue.extend(departed.into_iter().map(Work::Disconnected));
    }
}

/// Takes in one packet of the client.
fn take(
    connection: &Arc<Connection>,
    assembler: &mut Assembler,
    queue: &mut VecDeque<Work>,
    packet: Packet,
) -> Result<(), Violation> {
    let Some(inbound) = assembler.take(packet)? else {
        return Ok(());
    };
    let unjoined =
        |namespace| Violation::new(format!("a packet for {namespace}, which is not joined"));
    match inbound {
        Inbound::Connect { namespace, auth } => {
            let socket = connection.begin(namespace);
            let socket = socket.ok_or_else(|| Violation::new("a second connect packet"))?;
            queue.push_back(Work::Connect {
                trace: connection.service.hops.trace(),
                socket,
                auth,
            });
        }
        Inbound::Disconnect { namespace } => {
            if !connection.leave(&namespace) {
                return Err(unjoined(namespace));
            }
        }
        Inbound::Event {
            namespace,
            name,
            ack,
            body,
        } => {
            let socket = connection.socket(&namespace);
            let socket = socket.ok_or_else(|| unjoined(namespace))?;
            let trace = connection.service.hops.trace();
            connection.hop(Some(trace), Some(&socket), Some(&body), || HopKind::Event {
                event: name.clone(),
                ack,
                bytes: body.len(),
            });
            queue.push_back(Work::Event {
                trace,
                socket,
                name,
                body,
            });
        }
        Inbound::Ack {
            namespace,
            id,
            body,
        } => {
            if connection.socket(&namespace).is_none() {
                return Err(unjoined(namespace));
            }
            if !id.is_some_and(|id| connection.acknowledge(&namespace, &id, body)) {
                if connection.service.settings.client_acks == ClientAcks::Close {
                    return Err(Violation::new("an acknowledgement that nobody waits for"));
                }
                tracing::debug!("an acknowledgement of a client was dropped: nobody waits for it");
            }
        }
        Inbound::Meaningless { namespace } => {
            if connection.socket(&namespace).is_none() {
                return Err(unjoined(namespace));
            }
        }
    }
    Ok(())
}

/// Starts the next piece of work. `None` when nothing has to wait for it.
fn start(connection: &Arc<Connection>, work: Work) -> Option<Flight> {
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
            let trace = connection.service.hops.trace();
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
    trace: u64,
    socket: Arc<Socket>,
    auth: Option<String>,
) -> Result<(), Violation> {
    if socket.state() != SocketState::Pending {
        return Ok(());
    }
    let webhooks = &connection.service.webhooks;
    let settings = webhooks.settings();
    let auth = auth.filter(|_| settings.expose_auth);
    let body = connection.identity.connect_body(auth.as_deref());
    let occasion = Occasion::System(SystemEvent::Connect, body);
    let rejection = match webhooks.send(&connection, trace, &socket, occasion).await {
        Outcome::Unmatched => match settings.without_connect_handler {
            WithoutConnectHandler::Accept => None,
            WithoutConnectHandler::Reject => Some(rejection::of_nobody()),
        },
        Outcome::Answered(answer) if answer.status.is_success() => {
            if settings.connect_answer == ConnectAnswer::Honour {
                connection.honour(&answer.body);
            }
            None
        }
        Outcome::Answered(answer) => {
            Some(rejection::of_answer(&answer, settings.rejection_text_limit))
        }
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
    trace: u64,
    socket: Arc<Socket>,
    name: String,
    body: Utf8Bytes,
) -> Result<(), Violation> {
    if socket.state() == SocketState::Rejected {
        return Err(Violation::new("an event for a namespace that was refused"));
    }
    let webhooks = &connection.service.webhooks;
    let settings = webhooks.settings();
    // Raw, the separator cannot stand in JSON, so where it is there are attachments.
    if body.contains(SEPARATOR) && settings.binary_events == BinaryEvents::Drop {
        tracing::warn!("the event {name:?} was dropped: it has attachments");
        return Ok(());
    }
    let occasion = Occasion::User { name, body };
    let failed = match webhooks.send(&connection, trace, &socket, occasion).await {
        Outcome::Answered(answer) if answer.status.is_success() => {
            // An answer that comes too late has nobody to go to.
            if socket.is_live() && !answer.body.is_empty() {
                let payload =
                    Payload::parse(&answer.body, connection.service.settings.message_limit);
                connection.deliver(&payload);
                let body = Some(answer.body.as_str());
                connection.hop(Some(trace), Some(&socket), body, || HopKind::Delivered {
                    what: payload.summary(),
                    clients: 1,
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

/// Tells the function app something that nothing waits for.
fn notify(
    connection: Arc<Connection>,
    trace: u64,
    socket: Arc<Socket>,
    event: SystemEvent,
    body: Bytes,
) {
    let service = connection.service.clone();
    service.tasks.spawn(async move {
        let occasion = Occasion::System(event, body);
        connection
            .service
            .webhooks
            .send(&connection, trace, &socket, occasion)
            .await;
    });
}
