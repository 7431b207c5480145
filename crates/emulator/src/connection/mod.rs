//! A connection: one client, its sockets, and what reaches and leaves it.
//!
//! Two sides meet here. What the *client* sends goes through the [actor](actor), one blocking event at a time. What is
//! sent *to* the client, by a webhook's answer or a REST call, never waits for the actor: a function calls REST for the
//! very connection whose event it is handling.
//!
//! Order of the locks: a connection's sockets, then the hub's roster, then the session. None is held while anything
//! waits.

pub(crate) mod actor;
mod assembler;
mod cookies;
mod identity;
mod inbound;
mod rejection;
mod socket;
mod sockets;
mod work;

pub(crate) use identity::Identity;
pub(crate) use socket::{Socket, SocketState};
use sockets::{Begun, Departure, MOST_SOCKETS, Sockets, Standing};

use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::json;
use sio_protocol::group::Group;
use sio_protocol::names::{HubName, Namespace, Room, SocketId};
use sio_trace::TraceId;
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::core::Core;
use crate::hops::{Hop, HopKind, abridged};
use crate::payload::{Part, Payload};
use crate::roster::{Member, Roster};
use crate::settings::EventIds;
use crate::transport::{End, Packet, Session, random_id};
use crate::webhook::Source;

/// What the `disconnected` webhook says of a socket that a REST call took out of its namespace.
const SERVER_DISCONNECT: &str = "server namespace disconnect";

/// A client's connection.
pub(crate) struct Connection {
    core: Arc<Core>,
    hub: HubName,
    /// Who else is in the hub.
    roster: Arc<Mutex<Roster<Connection>>>,
    pub(crate) session: Arc<Session>,
    user: OnceLock<String>,
    identity: Identity,
    sockets: Mutex<Sockets>,
    /// Sockets have left, and their `disconnected` webhooks are due.
    departures: Notify,
    events: AtomicU64,
    /// Granted through REST. They have no effect on Socket.IO clients, which cannot speak of groups.
    pub(crate) permissions: Mutex<BTreeSet<(String, String)>>,
}

impl Connection {
    pub(crate) fn new(
        core: Arc<Core>,
        hub: HubName,
        roster: Arc<Mutex<Roster<Connection>>>,
        session: Arc<Session>,
        user: Option<String>,
        identity: Identity,
    ) -> Self {
        Self {
            core,
            hub,
            roster,
            session,
            user: user.map(OnceLock::from).unwrap_or_default(),
            identity,
            sockets: Mutex::default(),
            departures: Notify::new(),
            events: AtomicU64::new(0),
            permissions: Mutex::default(),
        }
    }

    /// The user, as its token or the function app names it.
    pub(crate) fn user(&self) -> Option<&str> {
        self.user.get().map(String::as_str)
    }

    /// This client and a socket of it, as the headers of a webhook name them.
    fn source<'a>(&'a self, trace: TraceId, socket: &'a Socket) -> Source<'a> {
        Source {
            trace,
            hub: &self.hub,
            connection: self.session.id().as_str(),
            namespace: &socket.namespace,
            socket: &socket.id,
            user: self.user(),
            signature: &self.identity.signature,
            cookies: self.identity.cookies(),
            sent: match self.core.settings.webhook.event_ids {
                EventIds::Connection => &self.events,
                EventIds::Socket => &socket.events,
            },
        }
    }

    /// Waits for the client's acknowledgement of a packet with this id in a namespace. False when it has not joined.
    pub(crate) fn expect_ack(
        &self,
        namespace: &str,
        id: &str,
        to: &mpsc::Sender<Utf8Bytes>,
    ) -> bool {
        let mut sockets = self.sockets();
        let mut present = sockets.present.iter();
        let joined =
            |socket: &Arc<Socket>| socket.is_live() && socket.namespace.as_str() == namespace;
        if sockets.retired || !present.any(joined) {
            return false;
        }
        let key = (namespace.to_owned(), id.to_owned());
        sockets.acks.insert(key, to.clone());
        true
    }

    /// Waits no longer.
    pub(crate) fn forget_ack(&self, namespace: &str, id: &str) {
        let key = (namespace.to_owned(), id.to_owned());
        self.sockets().acks.remove(&key);
    }

    /// Hands the client's acknowledgement to the call that waits for it.
    fn acknowledge(&self, namespace: &Namespace, id: &str, packet: Utf8Bytes) -> bool {
        let key = (namespace.to_string(), id.to_owned());
        let waiting = self.sockets().acks.remove(&key);
        // Each waiting call has room for one packet of each client.
        waiting.is_some_and(|waiting| waiting.try_send(packet).is_ok())
    }

    /// Sends a payload to the client, interpreting what is meant for the service.
    ///
    /// Source: docs/contracts/service.md, "Disconnect matrix".
    pub(crate) fn deliver(&self, payload: &Payload) {
        for part in &payload.parts {
            match part {
                Part::Forward(packets) => {
                    self.session.send(packets);
                }
                Part::Disconnect { namespace, close } => self.disconnect(namespace, *close),
                Part::Close => {
                    self.session.send(&[Packet::fixed("1")]);
                    self.close("closed by the application server");
                }
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

    /// Begins a socket. A client that only asks for a namespace may ask again, as at the reference server, and gets a
    /// socket each time.
    fn begin(&self, namespace: &Namespace) -> Begun {
        let mut sockets = self.sockets();
        let joined = sockets.find(namespace).is_some_and(|found| found.is_live());
        if sockets.retired || joined {
            return Begun::Joined;
        }
        if sockets.present.len() >= MOST_SOCKETS {
            return Begun::Full;
        }
        #[expect(clippy::expect_used, reason = "a random id is never empty")]
        let id = SocketId::new(random_id()).expect("an id that is not empty");
        let socket = Arc::new(Socket::new(id, namespace.clone()));
        sockets.present.push(socket.clone());
        Begun::Socket(socket)
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
    fn admit(&self, trace: TraceId, socket: &Arc<Socket>) -> bool {
        let mut sockets = self.sockets();
        if sockets.retired || socket.state() != SocketState::Pending {
            return false;
        }
        sockets.joined = true;
        socket.set(SocketState::Live);
        let answer = json!({ "sid": socket.id.as_str() }).to_string();
        let id = self.session.id().as_str();
        {
            // Under one lock: a message to the groups comes after the answer, and a client that has the answer is in
            // the groups.
            let mut roster = self.roster();
            self.session
                .send(&[Packet::text(socket.packet('0', &answer))]);
            roster.join(id, Group::of_namespace(&socket.namespace).as_str());
            if let Ok(room) = Room::new(socket.id.as_str()) {
                roster.join(id, Group::of_room(&socket.namespace, &room).as_str());
            }
        }
        drop(sockets);
        self.hop(Some(trace), Some(socket), None, || HopKind::Connected);
        true
    }

    /// Does what the answer to `connect` says, as plain Web PubSub does (D12).
    fn honour(&self, answer: &str) {
        #[derive(serde::Deserialize)]
        struct Said {
            #[serde(rename = "userId")]
            user: Option<String>,
            #[serde(default)]
            groups: Vec<String>,
        }
        let Ok(said) = serde_json::from_str::<Said>(answer) else {
            return;
        };
        let id = self.session.id().as_str();
        let mut roster = self.roster();
        if let Some(user) = said.user.filter(|user| !user.is_empty()) {
            roster.name_user(id, &user);
        }
        for group in said.groups {
            roster.join(id, &group);
        }
    }

    /// Turns a socket away. `error` is the JSON object that the client's `connect_error` is made of.
    fn reject(&self, trace: TraceId, socket: &Arc<Socket>, error: &serde_json::Value) {
        let mut sockets = self.sockets();
        if socket.state() != SocketState::Pending {
            return;
        }
        socket.set(SocketState::Rejected);
        sockets.forget(socket);
        drop(sockets);
        self.session
            .send(&[Packet::text(socket.packet('4', &error.to_string()))]);
        self.hop(Some(trace), Some(socket), None, || HopKind::Rejected {
            message: abridged(error["message"].as_str().unwrap_or_default()),
        });
    }

    /// Answers a connect packet that begins no socket.
    fn refuse(&self, namespace: &str, error: &serde_json::Value) {
        let packet = match namespace {
            "/" => format!("44{error}"),
            _ => format!("44{namespace},{error}"),
        };
        self.session.send(&[Packet::text(packet)]);
        self.hop(None, None, None, || HopKind::Rejected {
            message: abridged(error["message"].as_str().unwrap_or_default()),
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
        self.roster().remove(self.session.id().as_str());
        drop(sockets);
        self.departures.notify_one();
        self.hop(None, None, None, || HopKind::Closed {
            reason: abridged(reason),
        });
    }

    /// A socket goes: its state, its groups, and word of it to the function app if it ever was there.
    fn depart(&self, sockets: &mut Sockets, socket: &Arc<Socket>, reason: &str) {
        let was_live = socket.is_live();
        socket.set(SocketState::Gone);
        sockets.forget(socket);
        let namespace = socket.namespace.as_str();
        sockets.acks.retain(|(of, _), _| of != namespace);
        self.roster()
            .leave_namespace(self.session.id().as_str(), namespace);
        if was_live {
            sockets.departed.push(Departure {
                socket: socket.clone(),
                reason: abridged(reason),
            });
            self.departures.notify_one();
            self.hop(None, Some(socket), None, || HopKind::Disconnected {
                reason: abridged(reason),
            });
        }
    }

    fn departed(&self) -> Vec<Departure> {
        std::mem::take(&mut self.sockets().departed)
    }

    /// Its sockets, those included about which the function app has not decided.
    pub(crate) fn present(&self) -> Vec<Arc<Socket>> {
        self.sockets().present.clone()
    }

    /// Reports a hop of this connection.
    pub(crate) fn hop(
        &self,
        trace: Option<TraceId>,
        socket: Option<&Socket>,
        body: Option<&str>,
        kind: impl FnOnce() -> HopKind,
    ) {
        self.core.hops.send(|| Hop {
            time: self.core.clock.now(),
            hub: self.hub.to_string(),
            connection: Some(self.session.id().clone()),
            namespace: socket.map(|socket| socket.namespace.to_string()),
            socket: socket.map(|socket| socket.id.to_string()),
            user: self.user().map(str::to_owned),
            kind: kind(),
            trace,
            derived: None,
            body: body.and_then(|body| self.core.hops.body(body)),
        });
    }

    fn roster(&self) -> MutexGuard<'_, Roster<Self>> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member for Connection {
    fn id(&self) -> &str {
        self.session.id().as_str()
    }

    fn user(&self) -> Option<&str> {
        self.user()
    }

    fn name_user(&self, user: &str) -> bool {
        self.user.set(user.to_owned()).is_ok()
    }
}
