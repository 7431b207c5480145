//! An emulator with its webhook, tokens for both doors, and REST calls.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use sio_emulator::{Builder, Clock, Emulator, EventHandler, Hop, HopKind, Settings};
use sio_protocol::group::Group;
use sio_protocol::token;
use tokio::sync::broadcast::Receiver;

use crate::PATIENCE;
use crate::clients::{Polling, Ws};
use crate::stub::Stub;

pub(crate) const KEY: &str = "primary-key-of-the-raw-protocol-tests-012345";
pub(crate) const SECOND_KEY: &str = "secondary-key-of-the-raw-protocol-tests-6789";

pub(crate) struct World {
    pub(crate) stub: Stub,
    pub(crate) emulator: Emulator,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
}

/// Settings with which failures show at once.
pub(crate) fn quick() -> Settings {
    let mut settings = Settings::default();
    settings.webhook.retries.clear();
    settings.webhook.validation_pause = Duration::from_millis(20);
    settings.webhook.timeout = Duration::from_secs(5);
    settings.transport.close_timeout = Duration::from_millis(500);
    settings
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(quick()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        Self::build(|builder, stub| builder.settings(settings).upstream(stub.url("/hook"))).await
    }

    pub(crate) async fn handlers(make: impl FnOnce(&Stub) -> Vec<EventHandler>) -> Self {
        Self::build(|builder, stub| builder.settings(quick()).handlers(make(stub))).await
    }

    pub(crate) async fn build(configure: impl FnOnce(Builder, &Stub) -> Builder) -> Self {
        let stub = Stub::start().await;
        let clock = Clock::default();
        let builder = Emulator::builder()
            .key(KEY)
            .secondary_key(SECOND_KEY)
            .clock(clock.clone());
        let emulator = configure(builder, &stub).start().await.unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self {
            stub,
            emulator,
            clock,
            http,
        }
    }

    pub(crate) fn audience(&self) -> String {
        format!("{}/clients/socketio/hubs/hub", self.emulator.endpoint())
    }

    /// A client token with further claims.
    pub(crate) fn token(&self, claims: Value) -> String {
        let mut all = json!({"aud": self.audience(), "exp": now() + 3600});
        if let Value::Object(claims) = claims {
            for (name, value) in claims {
                all[name] = value;
            }
        }
        token::sign(KEY, &all).unwrap()
    }

    /// The URL of the client path with this query besides the protocol version.
    pub(crate) fn client_url(&self, query: &str) -> String {
        format!(
            "http://{}/clients/socketio/hubs/hub/?EIO=4{query}",
            self.emulator.address()
        )
    }

    pub(crate) fn opening(&self, transport: &str) -> String {
        let token = self.token(json!({}));
        self.client_url(&format!("&transport={transport}&access_token={token}"))
    }

    /// A WebSocket client with an open session.
    pub(crate) async fn ws(&self) -> Ws {
        self.ws_as(json!({})).await
    }

    pub(crate) async fn ws_as(&self, claims: Value) -> Ws {
        let token = self.token(claims);
        let url = self.client_url(&format!("&transport=websocket&access_token={token}"));
        Ws::open(&url).await
    }

    /// A WebSocket client that has joined `/`, and its socket's id.
    pub(crate) async fn joined(&self) -> (Ws, String) {
        self.joined_as(json!({})).await
    }

    pub(crate) async fn joined_as(&self, claims: Value) -> (Ws, String) {
        let mut client = self.ws_as(claims).await;
        let socket = client.join("/").await;
        (client, socket)
    }

    /// A polling client with an open session.
    pub(crate) async fn polling(&self) -> Polling {
        Polling::open(self.http.clone(), &self.opening("polling")).await
    }

    pub(crate) fn api(&self, path: &str) -> String {
        format!("{}/api/hubs/hub{path}", self.emulator.endpoint())
    }

    /// A request with a token for its URL, query included.
    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let token = token::sign(KEY, &json!({"aud": url, "exp": now() + 300})).unwrap();
        self.http.request(method, url).bearer_auth(token)
    }

    pub(crate) async fn call(&self, method: Method, path: &str) -> Response {
        self.request(method, &self.api(path)).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Response {
        self.request(Method::POST, &self.api(path))
            .header("content-type", "text/plain")
            .body(body.to_owned())
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, &self.api(path))
            .json(body)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn status(&self, method: Method, path: &str) -> u16 {
        self.call(method, path).await.status().as_u16()
    }
}

/// Waits for a hop of this kind.
pub(crate) async fn hop(hops: &mut Receiver<Hop>, fits: impl Fn(&HopKind) -> bool) -> Hop {
    let found = async {
        loop {
            let hop = hops.recv().await.unwrap();
            if fits(&hop.kind) {
                return hop;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found)
        .await
        .expect("a hop in time")
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

pub(crate) fn group(namespace: &str, room: &str) -> String {
    Group::encode(namespace, room).to_string()
}
