//! One session: what waits for its client, which transport carries it, and how it ends.
//!
//! A session is shared by its senders, the requests that carry it and the task that keeps its heartbeat. Its
//! lock is held for pushes and pops only, never while anything waits.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sio_protocol::names::ConnectionId;
use tokio::sync::{Notify, mpsc};

use super::heartbeat::Heartbeat;
use super::packet::Packet;
use crate::settings::TransportSettings;

/// Why a session ended. The text is what Socket.IO calls it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum End {
    /// The client said so. The service's page on the webhook calls the reason of a normal end empty.
    #[error("")]
    ClientClosed,
    /// The client went away without a word.
    #[error("transport close")]
    Lost,
    /// The client closed its WebSocket for a reason that is not a goodbye.
    #[error("transport close")]
    TransportClosed,
    /// The transport broke, or something arrived that a server sends.
    #[error("transport error")]
    TransportError,
    /// Something arrived that is not Engine.IO.
    #[error("parse error")]
    ParseError,
    /// A ping was not answered.
    #[error("ping timeout")]
    PingTimeout,
    /// A message or a body was too large.
    #[error("message too large")]
    TooLarge,
    /// The client took its packets too slowly.
    #[error("slow client")]
    SlowClient,
    /// The layer above broke it off, for this reason.
    #[error("{0}")]
    Closed(String),
}

/// Which transport carries the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    Polling,
    /// Polling, while a WebSocket has been probed and will take over.
    Probing,
    WebSocket,
}

#[derive(Debug, Clone)]
pub(super) enum Phase {
    Open,
    /// Ended, but the client has not been told yet: what waits goes out, then `1`.
    Closing(End),
    Ended(End),
}

/// A packet that waits.
pub(super) struct Queued {
    packet: Packet,
    /// Whether it is the last of what was handed over together.
    last: bool,
}

impl State {
    /// What waits, to be written at once.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Packet> {
        self.bytes = 0;
        self.batches = 0;
        self.queue.drain(..).map(|queued| queued.packet)
    }

    fn pop(&mut self) -> Option<Packet> {
        let Queued { packet, last } = self.queue.pop_front()?;
        self.bytes -= cost(&packet);
        self.batches -= usize::from(last);
        Some(packet)
    }

    fn push(&mut self, packets: &[Packet]) {
        let Some((last, others)) = packets.split_last() else {
            return;
        };
        self.bytes += packets.iter().map(cost).sum::<usize>();
        self.batches += 1;
        let queued = |packet: &Packet, last| Queued {
            packet: packet.clone(),
            last,
        };
        self.queue
            .extend(others.iter().map(|packet| queued(packet, false)));
        self.queue.push_back(queued(last, true));
    }
}

/// Bytes of memory that a packet takes while it waits, about.
fn cost(packet: &Packet) -> usize {
    packet.size() + size_of::<Queued>()
}

/// What a WebSocket does next.
pub(super) enum Next {
    Packet(Packet),
    /// Nothing waits; flush and wait too.
    Nothing,
    /// Nothing waits and nothing will.
    End(End),
}

pub(super) struct State {
    pub(super) queue: VecDeque<Queued>,
    /// Bytes that wait.
    bytes: usize,
    /// How often something was handed over that still waits.
    batches: usize,
    pub(super) carrier: Carrier,
    pub(super) phase: Phase,
    /// Whether a poll is waiting.
    pub(super) polling: bool,
    /// The client has said goodbye, and the poll that it sent along is still under way.
    pub(super) farewell: bool,
    inbox: Option<mpsc::Sender<Packet>>,
}

/// The sessions of an engine, by their ids.
#[derive(Default)]
pub(super) struct Table(Mutex<HashMap<ConnectionId, Arc<Session>>>);

impl Table {
    pub(super) fn get(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().get(id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client's Engine.IO session, on whatever transport.
pub struct Session {
    id: ConnectionId,
    pub(super) settings: Arc<TransportSettings>,
    table: Arc<Table>,
    state: Mutex<State>,
    /// Something waits for the carrier.
    pub(super) output: Notify,
    /// The session has ended, or its carrier has changed.
    over: Notify,
    pub(super) heartbeat: Heartbeat,
    /// Whether a body is being taken in.
    pub(super) posting: AtomicBool,
    /// Whether a WebSocket is taking over, or has.
    pub(super) upgrading: AtomicBool,
}

impl Session {
    pub(super) fn open(
        id: ConnectionId,
        settings: Arc<TransportSettings>,
        table: &Arc<Table>,
        carrier: Carrier,
        inbox: mpsc::Sender<Packet>,
    ) -> Arc<Self> {
        let session = Arc::new(Self {
            id: id.clone(),
            settings,
            table: table.clone(),
            state: Mutex::new(State {
                queue: VecDeque::new(),
                bytes: 0,
                batches: 0,
                carrier,
                phase: Phase::Open,
                polling: false,
                farewell: false,
                inbox: Some(inbox),
            }),
            output: Notify::new(),
            over: Notify::new(),
            heartbeat: Heartbeat::begin(),
            posting: AtomicBool::new(false),
            upgrading: AtomicBool::new(false),
        });
        table.lock().insert(id, session.clone());
        session
    }

    /// The session's id, which is also the connection's.
    #[must_use]
    pub fn id(&self) -> &ConnectionId {
        &self.id
    }

    /// Which transport carries the session now: `polling` or `websocket`.
    #[must_use]
    pub fn transport(&self) -> &'static str {
        match self.carrier() {
            Carrier::Polling | Carrier::Probing => "polling",
            Carrier::WebSocket => "websocket",
        }
    }

    /// Whether the session is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.lock().phase, Phase::Open)
    }

    /// Pings the client at its times. Returns when a ping stays unanswered.
    pub(super) async fn keep_pinging(&self) {
        const PING: Packet = Packet::fixed("2");
        let (interval, patience) = (self.settings.ping_interval, self.settings.ping_timeout);
        let ping = || {
            self.send(&[PING]);
        };
        self.heartbeat.keep(interval, patience, ping).await;
    }

    /// Queues packets for the client, all of them or none, with nothing in between.
    ///
    /// False when the session has ended. A client that lets too much wait is ended here, as [`End::SlowClient`].
    pub fn send(&self, packets: &[Packet]) -> bool {
        let size: usize = packets.iter().map(cost).sum();
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Open) {
            return false;
        }
        // What is handed over at once counts as one, and the first always fits, however large: only what piles up shows
        // that a client is slow.
        let full = state.batches >= self.settings.queue_packets
            || state.bytes + size > self.settings.queue_bytes;
        if full && !state.queue.is_empty() {
            drop(state);
            self.terminate(End::SlowClient);
            return false;
        }
        state.push(packets);
        drop(state);
        self.output.notify_one();
        true
    }

    /// Ends the session and tells the client: what waits goes out, then `1`.
    pub fn close(&self, end: End) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Open) {
            state.phase = Phase::Closing(end);
            state.inbox = None;
            drop(state);
            self.output.notify_one();
            self.over.notify_waiters();
        }
    }

    /// Ends the session at once. What waits is dropped.
    pub fn terminate(&self, end: End) {
        let mut state = self.lock();
        let end = match &state.phase {
            Phase::Open => end,
            Phase::Closing(end) => end.clone(),
            Phase::Ended(_) => return,
        };
        self.set_ended(&mut state, end);
    }

    pub(super) fn set_ended(&self, state: &mut State, end: End) {
        state.farewell =
            end == End::ClientClosed && state.carrier != Carrier::WebSocket && !state.polling;
        state.phase = Phase::Ended(end);
        state.inbox = None;
        state.queue = VecDeque::new();
        state.bytes = 0;
        state.batches = 0;
        if !state.farewell {
            self.forget();
        }
        self.output.notify_one();
        self.over.notify_waiters();
    }

    /// The session can no longer be found by its id.
    pub(super) fn forget(&self) {
        self.table.lock().remove(self.id.as_str());
    }

    /// Whether a poll may still come that is owed an answer, although the session has ended.
    pub(super) fn owes_farewell(&self) -> bool {
        self.lock().farewell
    }

    /// Takes the next packet for a WebSocket.
    pub(super) fn next(&self) -> Next {
        let mut state = self.lock();
        match (state.pop(), &state.phase) {
            (Some(packet), _) => Next::Packet(packet),
            (None, Phase::Open) => Next::Nothing,
            (None, Phase::Closing(end) | Phase::Ended(end)) => Next::End(end.clone()),
        }
    }

    /// Hands the session from one transport to another. False when it was not on the first.
    pub(super) fn move_carrier(&self, from: Carrier, to: Carrier) -> bool {
        let mut state = self.lock();
        if state.carrier != from {
            return false;
        }
        state.carrier = to;
        drop(state);
        // A poll that waits is released by it.
        self.output.notify_one();
        self.over.notify_waiters();
        true
    }

    /// A WebSocket did not take over after all.
    pub(super) fn give_up_upgrade(&self) {
        self.upgrading.store(false, Ordering::Release);
        // What waits for the end of the move waits no longer.
        if !self.move_carrier(Carrier::Probing, Carrier::Polling) {
            self.over.notify_waiters();
        }
    }

    /// Which transport carries the session now.
    pub(super) fn carrier(&self) -> Carrier {
        self.lock().carrier
    }

    /// Waits until the session is no longer open, and says why.
    pub async fn ended(&self) -> End {
        self.wait(|state| match &state.phase {
            Phase::Open => None,
            Phase::Closing(end) | Phase::Ended(end) => Some(end.clone()),
        })
        .await
    }

    /// Waits until nothing more can reach the client.
    pub(super) async fn gone(&self) {
        self.wait(|state| matches!(state.phase, Phase::Ended(_)).then_some(()))
            .await;
    }

    /// Waits until no move to a WebSocket is under way, or something waits for a poll.
    pub(super) async fn settled(&self) {
        loop {
            tokio::select! {
                () = self.wait(|state| (!self.is_moving(state)).then_some(())) => return,
                () = self.output.notified() => {
                    if !self.is_moving(&self.lock()) {
                        // The signal was meant for the transport that takes over.
                        self.output.notify_one();
                        return;
                    }
                }
            }
        }
    }

    fn is_moving(&self, state: &State) -> bool {
        matches!(state.phase, Phase::Open)
            && state.carrier != Carrier::WebSocket
            && state.queue.is_empty()
            && self.upgrading.load(Ordering::Acquire)
    }

    async fn wait<T>(&self, of: impl Fn(&State) -> Option<T>) -> T {
        let mut over = std::pin::pin!(self.over.notified());
        loop {
            over.as_mut().enable();
            if let Some(found) = of(&self.lock()) {
                return found;
            }
            over.as_mut().await;
            over.set(self.over.notified());
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where packets of the client go; `None` once the session has ended.
    pub(super) fn inbox(&self) -> Option<mpsc::Sender<Packet>> {
        self.lock().inbox.clone()
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Session").field(&self.id).finish()
    }
}
