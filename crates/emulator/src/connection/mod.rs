//! A connection: one client, its sockets, and what reaches and leaves it.
//!
//! Two sides meet here. What the *client* sends goes through the [actor](actor), one blocking event at a time. What is
//! sent *to* the client, by a webhook's answer or a REST call, never waits for the actor: a function calls REST for the
//! very connection whose event it is handling.
//!
//! Order of the locks: a connection's sockets, then the hub's members, then the session. None is held while anything
//! waits.

mod actor;
mod inbound;
mod rejection;
mod socket;

pub(crate) use actor::run;
pub(crate) use socket::{Socket, SocketState};

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;
use sio_protocol::group::Group;
use sio_protocol::names::{Namespace, Room, SocketId};
use tokio::sync::Notify;

use crate::hops::{Hop, HopKind};
use crate::hub::Hub;
use crate::payload::{Part, Payload};
use crate::service::Service;
use crate::transport::{End, Packet, Session, random_id};
use crate::webhook::Identity;

/// What the `disconnected` webhook says of a socket that a REST call took out of its namespace.
const SERVER_DISCONNECT: &str = "server namespace disconnect";

/// A client's connection.
pub(crate) struct Connection {
    pub(crate) service: Arc<Service>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) session: Arc<Session>,
    pub(crate) user: Option<String>,
    pub(crate) identity: Identity,
    sockets: Mutex<Sockets>,
    /// Sockets have left, and their `disconnected` webhooks are due.
    departures: Notify,
    events: AtomicU64,
    /// Granted through REST. They have no effect on Socket.IO clients, which cannot speak of groups.
    pub(crate) permissions: Mutex<BTreeSet<(String, String)>>,
}

#[derive(Default)]
struct Sockets {
    /// Pending and live ones; a connection has few.
    present: Vec<Arc<Socket>>,
    departed: Vec<Departure>,
    /// Whether any socket was ever let in.
    joined: bool,
    retired: bool,
}

/// How far a client has come with its first namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It has asked for none, or was refused.
    Idle,
    /// The function app has not decided yet.
    Pending,
    /// It has joined one, and may have left it since.
    Joined,
}

/// A socket that was live and has left.
#[derive(Debug)]
struct Departure {
    socket: Arc<Socket>,
    reason: String,
}

impl Connection {
    pub(crate) fn new(
        service: Arc<Service>,
        hub: Arc<Hub>,
        session: Arc<Session>,
        user: Option<String>,
        identity: Identity,
    ) -> Self {
        Self {
            service,
            hub,
            session,
            user,
            identity,
            sockets: Mutex::default(),
            departures: Notify::new(),
            events: AtomicU64::new(0),
            permissions: Mutex::default(),
        }
    }

    /// The id of the connection's next event: 0, 1, 2, … (D14).
    pub(crate) fn next_event_id(&self) -> u64 {
        self.events.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends a payload to the client, interpreting what is meant for the service.
    ///
    /// Source: service contract, "Disconnect matrix".
    pub(crate) fn deliver(&self, payload: &Payload) {
        for part in &payload.parts {
            match part {
                Part::Forward(packets) => {
                    self.session.send(packets);
                }
                Part::Disconnect { namespace, close } => self.disconnect(namespace, *close),
                Part::Close => self.close("closed by the application server"),
            }
        }
    }

    /// Takes the client out of a namespace, or out of all of them and closes the connection.
    fn disconnect(&self, namespace: &str, close: bool) {
        let mut sockets = self.sockets();
        let joined =
            |socket: &Arc<Socket>| socket.is_live() && socket.namespace.as_str() == namespace;
        if !sockets.present.iter().any(joined) {
            // The packet of another namespace's group: it is not about this client.
            return;
        }
        let leaving: Vec<Arc<Socket>> = sockets
            .present
            .iter()
            .filter(|socket| socket.is_live() && (close || joined(socket)))
            .cloned()
            .collect();
        for socket in leaving {
            self.depart(&mut sockets, &socket, SERVER_DISCONNECT);
            self.session.send(&[Packet::text(socket.packet('1', ""))]);
        }
        drop(sockets);
        if close {
            self.close(SERVER_DISCONNECT);
        }
    }

    /// Closes the connection for a reason of the service: the client gets what waits, then `1`.
    pub(crate) fn close(&self, reason: &str) {
        self.session.close(End::Closed(reason.to_owned()));
        self.retire(reason);
    }

    /// Begins a socket. `None` when the client has joined the namespace, or asks to, already.
    fn begin(&self, namespace: Namespace) -> Option<Arc<Socket>> {
        let mut sockets = self.sockets();
        if sockets.retired || sockets.find(&namespace).is_some() {
            return None;
        }
        #[expect(clippy::expect_used, reason = "20 characters are a valid id")]
        let id = SocketId::new(random_id()).expect("an id that is not empty");
        let socket = Arc::new(Socket::new(id, namespace));
        sockets.present.push(socket.clone());
        Some(socket)
    }

    /// The client's socket in a namespace, pending or live.
    fn socket(&self, namespace: &Namespace) -> Option<Arc<Socket>> {
        self.sockets().find(namespace)
    }

    /// Whether the client has ever joined a namespace, or asks for one.
    fn standing(&self) -> Standing {
        let sockets = self.sockets();
        match (sockets.joined, sockets.present.is_empty()) {
            (true, _) => Standing::Joined,
            (false, false) => Standing::Pending,
            (false, true) => Standing::Idle,
        }
    }

    /// Lets a socket in. False when it has left in the meantime.
    fn admit(&self, socket: &Arc<Socket>) -> bool {
        let mut sockets = self.sockets();
        if sockets.retired || socket.state() != SocketState::Pending {
            return false;
        }
        sockets.joined = true;
        socket.set(SocketState::Live);
        let answer = json!({ "sid": socket.id.as_str() }).to_string();
        let id = self.session.id().as_str();
        {
            // Under one lock: whoever addresses the groups comes after the answer, and whoever has seen the answer
            // finds the groups.
            let mut members = self.hub.members();
            self.session
                .send(&[Packet::text(socket.packet('0', &answer))]);
            members.join(id, Group::of_namespace(&socket.namespace).as_str());
            if let Ok(room) = Room::new(socket.id.as_str()) {
                members.join(id, Group::of_room(&socket.namespace, &room).as_str());
            }
        }
        drop(sockets);
        self.hop(Some(socket), || HopKind::Connected);
        true
    }

    /// Turns a socket away. `error` is the JSON object that the client's `connect_error` is made of.
    fn reject(&self, socket: &Arc<Socket>, error: &serde_json::Value) {
        let mut sockets = self.sockets();
        if socket.state() != SocketState::Pending {
            return;
        }
        socket.set(SocketState::Rejected);
        sockets.forget(socket);
        drop(sockets);
        self.session
            .send(&[Packet::text(socket.packet('4', &error.to_string()))]);
        self.hop(Some(socket), || HopKind::Rejected {
            message: error["message"].as_str().unwrap_or_default().to_owned(),
        });
    }

    /// The client leaves a namespace. False when it had not joined it.
    fn leave(&self, namespace: &Namespace) -> bool {
        let mut sockets = self.sockets();
        let Some(socket) = sockets.find(namespace) else {
            return false;
        };
        self.depart(&mut sockets, &socket, "");
        true
    }

    /// The connection has ended: its groups and its sockets go, the `disconnected` webhooks become due.
    fn retire(&self, reason: &str) {
        let mut sockets = self.sockets();
        if std::mem::replace(&mut sockets.retired, true) {
            return;
        }
        for socket in sockets.present.clone() {
            self.depart(&mut sockets, &socket, reason);
        }
        self.hub.members().remove(self.session.id().as_str());
        drop(sockets);
        self.departures.notify_one();
        self.hop(None, || HopKind::Closed {
            reason: reason.to_owned(),
        });
    }

    /// A socket goes: its state, its groups, and word of it to the function app if it ever was there.
    fn depart(&self, sockets: &mut Sockets, socket: &Arc<Socket>, reason: &str) {
        let was_live = socket.is_live();
        socket.set(SocketState::Gone);
        sockets.forget(socket);
        let namespace = socket.namespace.as_str();
        self.hub
            .members()
            .leave_namespace(self.session.id().as_str(), namespace);
        if was_live {
            sockets.departed.push(Departure {
                socket: socket.clone(),
                reason: reason.to_owned(),
            });
            self.departures.notify_one();
            self.hop(Some(socket), || HopKind::Disconnected {
                reason: reason.to_owned(),
            });
        }
    }

    fn departed(&self) -> Vec<Departure> {
        std::mem::take(&mut self.sockets().departed)
    }

    /// Reports a hop of this connection.
    pub(crate) fn hop(&self, socket: Option<&Socket>, kind: impl FnOnce() -> HopKind) {
        self.service.hops.send(|| Hop {
            time: self.service.clock.now(),
            hub: self.hub.name.to_string(),
            connection: Some(self.session.id().clone()),
            namespace: socket.map(|socket| socket.namespace.to_string()),
            socket: socket.map(|socket| socket.id.to_string()),
            kind: kind(),
        });
    }

    fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sockets {
    fn find(&self, namespace: &Namespace) -> Option<Arc<Socket>> {
        let mut present = self.present.iter();
        present
            .find(|socket| socket.namespace == *namespace)
            .cloned()
    }

    fn forget(&mut self, socket: &Arc<Socket>) {
        self.present.retain(|present| !Arc::ptr_eq(present, socket));
    }
}
