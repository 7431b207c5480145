//! One client after the other in the same place: each negotiates, joins, enters its rooms, emits what it is told to, and
//! checks that it hears every message of its rooms once and in order.
//!
//! A room's messages are numbered, and the next one is emitted when the one before is acknowledged. So a client that hears
//! a number twice, or leaves one out, has found a fault, without keeping what it has heard.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
use tokio::time::sleep_until;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::tally::Tally;

/// How long anything may take, on a machine that has other work.
const PATIENCE: Duration = Duration::from_secs(60);

/// A room and its numbered messages.
pub(crate) struct Room {
    pub(crate) name: String,
    /// Held while a message is under way.
    pub(crate) turn: Arc<Mutex<()>>,
    /// The last number that was emitted, and the last that was acknowledged.
    pub(crate) emitted: AtomicU64,
    pub(crate) acknowledged: AtomicU64,
}

impl Room {
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            turn: Arc::default(),
            emitted: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
        }
    }
}

/// What a client is told to do.
pub(crate) enum Task {
    /// Emit the next number to a room, or have one echoed. The end of `done` says that nothing more is to come.
    Emit {
        room: Option<Arc<Room>>,
        done: oneshot::Sender<()>,
    },
    /// Make room for another client, who connects if `again`.
    Leave { again: bool },
}

/// What all clients share.
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    pub(crate) begun: Instant,
    pub(crate) text: String,
    /// How many connect or leave at the same time.
    pub(crate) door: Semaphore,
    pub(crate) tally: Tally,
}

/// The clients of one place, until one leaves for good.
pub(crate) async fn place(
    world: Arc<World>,
    number: usize,
    rooms: Vec<Arc<Room>>,
    mut tasks: mpsc::UnboundedReceiver<Task>,
) {
    let mut generation = 0;
    loop {
        generation += 1;
        let user = format!("user{number}x{generation}");
        let joining = {
            let _permit = world.door.acquire().await.unwrap();
            tokio::time::timeout(PATIENCE, Client::join(&world, &user, &rooms)).await
        };
        let joined = joining.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        let mut client = match joined {
            Ok(client) => client,
            Err(error) => {
                eprintln!("{user} could not join: {error}");
                world.tally.refused.add(1);
                continue;
            }
        };
        world.tally.joined.add(1);
        match client.live(&mut tasks).await {
            Some(again) => {
                let polite = generation % 2 == 0;
                client.leave(polite).await;
                world.tally.left.add(1);
                if !again {
                    return;
                }
            }
            None => world.tally.dropped.add(1),
        }
    }
}

/// A room as one client hears it.
struct Hearing {
    room: Arc<Room>,
    /// Later numbers than this must come.
    since: u64,
    last: Option<u64>,
}

impl Hearing {
    /// Whether everything has come that the service has taken.
    fn complete(&self) -> bool {
        self.missing() == 0
    }

    fn missing(&self) -> u64 {
        let acknowledged = self.room.acknowledged.load(Ordering::SeqCst);
        acknowledged.saturating_sub(self.heard())
    }

    /// The last number that need not come any more.
    fn heard(&self) -> u64 {
        self.last.unwrap_or(0).max(self.since)
    }

    fn hear(&mut self, number: u64, tally: &Tally) {
        tally.delivered.add(1);
        if self.last.is_some_and(|last| number <= last) {
            return tally.doubled.add(1);
        }
        // A message from before this client was in the room may come or not, but from the first one on all do.
        let expected = self.last.unwrap_or(self.since) + 1;
        tally.lost.add(number.saturating_sub(expected));
        self.last = Some(number);
    }
}

/// An event whose acknowledgement is to come.
struct Pending {
    since: Instant,
    number: u64,
    room: Option<Arc<Room>>,
    /// Dropped when the event is over.
    _done: oneshot::Sender<()>,
}

struct Client<'a> {
    world: &'a World,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    hearings: Vec<Hearing>,
    pending: HashMap<u64, Pending>,
    /// Events so far; the acknowledgement of the first is asked for by the number 1.
    calls: u64,
}

impl<'a> Client<'a> {
    async fn join(world: &'a World, user: &str, rooms: &[Arc<Room>]) -> Result<Self, String> {
        let began = Instant::now();
        let asked = world
            .http
            .get(format!("{}/api/negotiate?user={user}", world.url));
        let answer = asked.send().await.map_err(|error| format!("{error:?}"))?;
        let answer = answer.text().await.map_err(|error| error.to_string())?;
        let parts: Value = serde_json::from_str(&answer).map_err(|_| answer.clone())?;
        let part = |name: &str| parts[name].as_str().ok_or_else(|| answer.clone());
        let url = format!(
            "{}{}/?EIO=4&transport=websocket&access_token={}",
            part("endpoint")?.replacen("http", "ws", 1),
            part("path")?,
            part("token")?,
        );
        let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
        let connecting = connect_async_with_config(url, Some(config), true).await;
        let (socket, _) = connecting.map_err(|error| error.to_string())?;
        let mut client = Self {
            world,
            socket,
            hearings: Vec::new(),
            pending: HashMap::new(),
            calls: 0,
        };
        client.expect("0{").await?;
        client.send("40".to_owned()).await?;
        client.expect("40{").await?;
        let names: Vec<&str> = rooms.iter().map(|room| room.name.as_str()).collect();
        client.call("enter", &json!([names])).await?;
        world.tally.emitted.add(1);
        // Messages of the rooms may come before the acknowledgement.
        let mut early = Vec::new();
        loop {
            let packet = client.next().await?;
            if packet.starts_with("431[") {
                break;
            }
            early.push(packet);
        }
        client.hearings = rooms
            .iter()
            .map(|room| Hearing {
                room: room.clone(),
                since: room.emitted.load(Ordering::SeqCst),
                last: None,
            })
            .collect();
        for packet in early {
            client.take(&packet);
        }
        world.tally.join.add(began.elapsed());
        Ok(client)
    }

    /// Does its tasks until one is to leave, and says whether another client is to come; nothing if the connection ends
    /// before that. Before it leaves, it waits for what is still to come.
    async fn live(&mut self, tasks: &mut mpsc::UnboundedReceiver<Task>) -> Option<bool> {
        let mut leaving = None;
        let deadline = tokio::time::sleep(PATIENCE);
        tokio::pin!(deadline);
        loop {
            if let Some(again) = leaving
                && self.pending.is_empty()
                && self.hearings.iter().all(Hearing::complete)
            {
                return Some(again);
            }
            let oldest = self.pending.values().map(|pending| pending.since).min();
            let expiry = oldest.unwrap_or_else(Instant::now) + PATIENCE;
            tokio::select! {
                packet = self.next() => match packet {
                    Ok(packet) => self.take(&packet),
                    Err(error) => return self.lost(&error),
                },
                task = tasks.recv(), if leaving.is_none() => match task {
                    Some(Task::Emit { room, done }) => {
                        if let Err(error) = self.emit(room, done).await {
                            return self.lost(&error);
                        }
                    }
                    Some(Task::Leave { again }) => {
                        deadline.as_mut().reset(tokio::time::Instant::now() + PATIENCE);
                        leaving = Some(again);
                    }
                    None => return Some(false),
                },
                () = sleep_until(expiry.into()), if oldest.is_some() => {
                    let before = self.pending.len();
                    self.pending.retain(|_, pending| pending.since > expiry - PATIENCE);
                    self.unanswered(before - self.pending.len());
                }
                () = &mut deadline, if leaving.is_some() => {
                    let missing = self.hearings.iter().map(Hearing::missing).sum();
                    self.world.tally.lost.add(missing);
                    return leaving;
                }
            }
        }
    }

    /// What is under way when a connection ends gets no acknowledgement.
    fn lost(&self, error: &str) -> Option<bool> {
        eprintln!("a client lost its connection: {error}");
        self.unanswered(self.pending.len());
        None
    }

    fn unanswered(&self, events: usize) {
        let events = u64::try_from(events).unwrap();
        self.world.tally.unanswered.add(events);
    }

    async fn emit(
        &mut self,
        room: Option<Arc<Room>>,
        done: oneshot::Sender<()>,
    ) -> Result<(), String> {
        let since = Instant::now();
        let text = &self.world.text;
        let (event, arguments, number) = match &room {
            Some(room) => {
                let number = room.emitted.fetch_add(1, Ordering::SeqCst) + 1;
                let sent = u64::try_from(self.world.begun.elapsed().as_micros()).unwrap();
                ("say", json!([room.name, number, sent, text]), number)
            }
            None => ("echo", json!([self.calls, text]), self.calls),
        };
        let id = self.call(event, &arguments).await?;
        self.world.tally.emitted.add(1);
        let pending = Pending {
            since,
            number,
            room,
            _done: done,
        };
        self.pending.insert(id, pending);
        Ok(())
    }

    /// What a packet says: an acknowledgement or a message of a room.
    fn take(&mut self, packet: &str) {
        let tally = &self.world.tally;
        if let Some(text) = packet.strip_prefix("42") {
            let (_, room, number, sent, _): (&str, &str, u64, u64, &str) =
                serde_json::from_str(text).unwrap_or_else(|_| panic!("not a message: {packet}"));
            let now = self.world.begun.elapsed();
            tally
                .delivery
                .add(now.saturating_sub(Duration::from_micros(sent)));
            let hearing = self
                .hearings
                .iter_mut()
                .find(|hearing| hearing.room.name == room);
            hearing
                .unwrap_or_else(|| panic!("a message of another room: {room}"))
                .hear(number, tally);
        } else if let Some(text) = packet.strip_prefix("43") {
            let (id, content) = text.split_at(text.find('[').unwrap_or(0));
            match id.parse().ok().and_then(|id: u64| self.pending.remove(&id)) {
                Some(pending) => {
                    tally.ack.add(pending.since.elapsed());
                    if content != format!("[{}]", pending.number) {
                        tally.wrong_acks.add(1);
                    }
                    if let Some(room) = pending.room {
                        room.acknowledged
                            .fetch_max(pending.number, Ordering::SeqCst);
                    }
                }
                None => tally.doubled_acks.add(1),
            }
        } else {
            panic!("neither message nor acknowledgement: {packet}");
        }
    }

    /// Half of the clients say goodbye, the others are gone.
    async fn leave(mut self, polite: bool) {
        if polite {
            let _permit = self.world.door.acquire().await.unwrap();
            // The service may have closed first.
            let _ = self.socket.send(Message::text("41")).await;
            let _ = self.socket.close(None).await;
        }
    }

    async fn call(&mut self, event: &str, arguments: &Value) -> Result<u64, String> {
        self.calls += 1;
        let mut data = vec![Value::from(event)];
        data.extend(arguments.as_array().unwrap().iter().cloned());
        self.send(format!("42{}{}", self.calls, Value::Array(data)))
            .await?;
        Ok(self.calls)
    }

    async fn expect(&mut self, start: &str) -> Result<(), String> {
        let packet = self.next().await?;
        if packet.starts_with(start) {
            Ok(())
        } else {
            Err(packet)
        }
    }

    async fn send(&mut self, packet: String) -> Result<(), String> {
        let sent = self.socket.send(Message::text(packet)).await;
        sent.map_err(|error| error.to_string())
    }

    /// The next packet that is not a heartbeat.
    async fn next(&mut self) -> Result<String, String> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) if text == "2" => self.send("3".to_owned()).await?,
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => return Err(format!("{other:?}")),
            }
        }
    }
}
