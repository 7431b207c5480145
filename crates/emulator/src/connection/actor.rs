//! The task of a connection: takes in what the client sends and hands its events on, one at a time.
//!
//! CONNECT and events wait in one queue, and at most one webhook of a connection is under way. A client that leaves does
//! not wait for it: its sockets and groups go at once, late answers are dropped, and its `disconnected` webhooks follow
//! the events that came before.
//!
//! Source: docs/contracts/service.md, "Ordering and concurrency".

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::OptionFuture;
use sio_net::abridge;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::assembler::Assembler;
use super::inbound::{Inbound, Violation};
use super::work::{Flight, Work, start};
use super::{Begun, Connection, MOST_SOCKETS, Standing, rejection};
use crate::hops::{HopKind, WebhookOutcome, abridged};
use crate::settings::ClientAcks;
use crate::transport::{End, Packet};

/// What waits, and how large it is.
#[derive(Default)]
struct Queue {
    works: VecDeque<Work>,
    bytes: usize,
}

impl Queue {
    fn push(&mut self, work: Work) {
        self.bytes += work.size();
        self.works.push_back(work);
    }

    fn pop(&mut self) -> Option<Work> {
        let work = self.works.pop_front()?;
        self.bytes -= work.size();
        Some(work)
    }

    fn is_empty(&self) -> bool {
        self.works.is_empty()
    }
}

/// Runs a connection until its client has gone and everything it sent is handed on.
pub(crate) async fn serve_client(connection: Arc<Connection>, mut inbox: mpsc::Receiver<Packet>) {
    let session = connection.session.clone();
    let settings = &connection.core.settings;
    let mut assembler = Assembler::new();
    let mut queue = Queue::default();
    let mut flight: Option<Flight> = None;
    let mut open = true;
    let mut ended = std::pin::pin!(session.ended());
    let mut unconnected = std::pin::pin!(tokio::time::sleep(settings.connect_timeout));
    let (mut armed, mut joined) = (true, false);

    while open || flight.is_some() || !queue.is_empty() {
        if flight.is_none()
            && let Some(work) = queue.pop()
        {
            flight = start(&connection, work);
            continue;
        }
        let outcome = tokio::select! {
            Some(packet) = inbox.recv(), if open && queue.bytes < settings.waiting_bytes => {
                take_in(&connection, &mut assembler, &mut queue, packet)
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
                    let _ = take_in(&connection, &mut assembler, &mut queue, packet);
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
        departed
            .into_iter()
            .map(Work::Disconnected)
            .for_each(|work| queue.push(work));
    }
}

/// Takes in one packet of the client.
fn take_in(
    connection: &Arc<Connection>,
    assembler: &mut Assembler,
    queue: &mut Queue,
    packet: Packet,
) -> Result<(), Violation> {
    let Some(inbound) = assembler.take(packet)? else {
        return Ok(());
    };
    let unjoined =
        |namespace| Violation::new(format!("a packet for {namespace}, which is not joined"));
    match inbound {
        Inbound::Connect { namespace, auth } => match connection.begin(&namespace) {
            Begun::Socket(socket) => queue.push(Work::Connect {
                trace: connection.core.hops.trace(),
                socket,
                auth,
            }),
            Begun::Joined => {
                return Err(Violation::new("a connect packet for a joined namespace"));
            }
            Begun::Full => {
                abridge!(
                    warn,
                    connection.core.strangers.namespaces,
                    "a client was refused: it has {MOST_SOCKETS} namespaces already"
                );
                connection.refuse(namespace.as_str(), &rejection::of_number(MOST_SOCKETS));
            }
        },
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
            let trace = connection.core.hops.trace();
            connection.hop(Some(trace), Some(&socket), Some(&body), || HopKind::Event {
                event: abridged(&name),
                ack,
                bytes: body.len(),
            });
            queue.push(Work::Event {
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
                if connection.core.settings.client_acks == ClientAcks::Close {
                    return Err(Violation::new("an acknowledgement that was not requested"));
                }
                tracing::debug!("a client's acknowledgement was dropped: it was not requested");
            }
        }
        Inbound::Empty { namespace } => {
            if connection.socket(&namespace).is_none() {
                return Err(unjoined(namespace));
            }
        }
        Inbound::Unjoinable { namespace, problem } => {
            abridge!(
                warn,
                connection.core.strangers.namespaces,
                "a client was refused the namespace {:?}: {problem}",
                abridged(&namespace)
            );
            connection.refuse(&namespace, &rejection::of_namespace(&problem));
        }
        Inbound::Unsendable {
            namespace,
            name,
            problem,
        } => {
            let socket = connection.socket(&namespace);
            let socket = socket.ok_or_else(|| unjoined(namespace))?;
            let name = abridged(&name);
            abridge!(
                warn,
                connection.core.strangers.events,
                "the event {name:?} was dropped: {problem}"
            );
            let trace = connection.core.hops.trace();
            connection.hop(Some(trace), Some(&socket), None, || HopKind::Webhook {
                event: name,
                outcome: WebhookOutcome::Failed(problem),
                took: Duration::ZERO,
            });
        }
    }
    Ok(())
}
