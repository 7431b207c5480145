//! Clients: raw WebSockets that join the main namespace, answer pings and count what they get.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use sio_emulator::DEVELOPMENT_KEY;
use sio_protocol::token;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::server::Server;

/// How many connect at a time.
const WAVE: usize = 200;

/// What the clients have seen together.
#[derive(Default)]
pub(crate) struct Seen {
    events: AtomicUsize,
    more: Notify,
}

impl Seen {
    pub(crate) fn events(&self) -> usize {
        self.events.load(Ordering::Acquire)
    }

    pub(crate) async fn reach(&self, count: usize) {
        loop {
            let more = self.more.notified();
            if self.events() >= count {
                return;
            }
            more.await;
        }
    }
}

/// Clients that stay connected until they are dropped.
pub(crate) struct Crowd {
    pub(crate) size: usize,
    pub(crate) seen: Arc<Seen>,
    _clients: JoinSet<()>,
}

impl Crowd {
    /// Connects clients, each in these groups, and waits until all have joined.
    pub(crate) async fn join(
        server: &Server,
        size: usize,
        groups: impl Fn(usize) -> Vec<String>,
    ) -> Self {
        let url = format!("{}/clients/socketio/hubs/hub", server.endpoint);
        let (seen, joined) = (Arc::new(Seen::default()), Arc::new(Semaphore::new(0)));
        let mut clients = JoinSet::new();
        for number in 0..size {
            let claims = json!({
                "aud": url,
                "exp": 4_102_444_800_i64,
                "webpubsub.group": groups(number),
            });
            let url = format!(
                "{}/?EIO=4&transport=websocket&access_token={}",
                url.replacen("http", "ws", 1),
                token::sign(DEVELOPMENT_KEY, &claims).unwrap()
            );
            clients.spawn(client(url, size, seen.clone(), joined.clone()));
            if (number + 1) % WAVE == 0 || number + 1 == size {
                let wave = u32::try_from(number % WAVE + 1).unwrap();
                let all = tokio::time::timeout(Duration::from_secs(60), joined.acquire_many(wave));
                all.await.unwrap().unwrap().forget();
            }
        }
        Self {
            size,
            seen,
            _clients: clients,
        }
    }
}

async fn client(url: String, size: usize, seen: Arc<Seen>, joined: Arc<Semaphore>) {
    let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
    let (mut socket, _) = connect_async_with_config(url, Some(config), true)
        .await
        .unwrap();
    socket.send(Message::text("40")).await.unwrap();
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) if text.as_str() == "2" => {
                socket.send(Message::text("3")).await.unwrap();
            }
            Message::Text(text) if text.starts_with("40") => joined.add_permits(1),
            Message::Text(text) if text.starts_with("42") => {
                let count = seen.events.fetch_add(1, Ordering::AcqRel) + 1;
                // Waiters wait for a multiple of the clients.
                if count.is_multiple_of(size) {
                    seen.more.notify_one();
                }
            }
            _ => {}
        }
    }
}
