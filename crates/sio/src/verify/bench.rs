//! What every look at a point needs: the service, the hubs, the probe, and HTTP by hand.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use http::HeaderMap;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Map, Value};
use sio_protocol::audience;
use sio_protocol::connection_string::ConnectionString;
use sio_protocol::engine::Handshake;
use sio_protocol::names::HubName;
use sio_protocol::token::{self, NewClaims};

use super::probe::Probe;
use super::wire::Wire;
use crate::client::Negotiation;
use crate::client::upgrade::Wish;

/// Seconds that a token is valid: longer than a run takes.
const LIFETIME: i64 = 3600;

/// How long one HTTP request may take.
const REQUEST: Duration = Duration::from_secs(30);

/// The hubs of a run.
#[derive(Debug, Clone)]
pub(super) struct Hubs {
    /// Its handler takes every event.
    pub(super) all: HubName,
    /// Its handler takes every event except `connect`.
    pub(super) open: HubName,
    /// Its handler takes `connect` and, of the clients' events, `taken`.
    pub(super) few: HubName,
}

impl Hubs {
    /// Hubs whose names begin with a prefix.
    ///
    /// # Errors
    /// A hub cannot have such a name.
    pub(super) fn new(prefix: &str) -> anyhow::Result<Self> {
        let name = |suffix| {
            HubName::new(format!("{prefix}{suffix}"))
                .with_context(|| format!("--hub-prefix {prefix:?} cannot begin the name of a hub"))
        };
        Ok(Self {
            all: name("")?,
            open: name("_open")?,
            few: name("_few")?,
        })
    }
}

/// What is assumed of times. Tests of this command have shorter ones.
#[derive(Debug, Clone)]
pub(super) struct Assumed {
    /// The time for one event (D17).
    pub(super) event: Duration,
}

impl Default for Assumed {
    fn default() -> Self {
        Self {
            event: Duration::from_secs(100),
        }
    }
}

/// A session that was opened by polling.
pub(super) struct Polling {
    pub(super) handshake: Handshake,
    /// Those of the answer.
    pub(super) headers: HeaderMap,
    pub(super) token: String,
}

/// Everything that a look needs.
pub(super) struct Bench {
    connection: ConnectionString,
    pub(super) hubs: Hubs,
    pub(super) probe: Arc<Probe>,
    pub(super) assumed: Assumed,
    http: reqwest::Client,
    /// What the names of this run end in, so that late webhooks of another run are not taken for its own.
    nonce: String,
}

impl Bench {
    /// Prepares a run.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub(super) fn new(
        connection: ConnectionString,
        hubs: Hubs,
        probe: Arc<Probe>,
        assumed: Assumed,
    ) -> anyhow::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(REQUEST);
        if connection.endpoint().is_loopback() {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build().context("cannot create an HTTP client")?,
            nonce: format!("{:x}", now().as_millis()),
            connection,
            hubs,
            probe,
            assumed,
        })
    }

    /// The service's address.
    pub(super) fn endpoint(&self) -> String {
        self.connection.endpoint().to_string()
    }

    /// The service's host.
    pub(super) fn host(&self) -> &str {
        self.connection.endpoint().host()
    }

    /// How long an event may take that waits for another one.
    pub(super) fn patience(&self) -> Duration {
        self.assumed.event + REQUEST
    }

    /// A name that no other run uses; the probe goes by its first word.
    pub(super) fn name(&self, word: &str) -> String {
        format!("{word}-{}", self.nonce)
    }

    /// A namespace of this run.
    pub(super) fn namespace(&self, word: &str) -> String {
        format!("/{}", self.name(word))
    }

    /// What a client of a hub connects with; `claims` are added to its token.
    ///
    /// # Errors
    /// The token cannot be signed.
    pub(super) fn negotiation(&self, hub: &HubName, claims: Value) -> anyhow::Result<Negotiation> {
        let endpoint = self.endpoint();
        let aud = audience::client(&endpoint, hub);
        Ok(Negotiation {
            path: audience::client_path(hub),
            token: self.sign(&aud, claims)?,
            endpoint,
        })
    }

    fn sign(&self, audience: &str, claims: Value) -> anyhow::Result<String> {
        let seconds = i64::try_from(now().as_secs()).unwrap_or_default();
        let mut all = serde_json::to_value(NewClaims::new(audience, seconds, LIFETIME))?;
        if let (Value::Object(all), Value::Object(more)) = (&mut all, claims) {
            all.extend(more);
        }
        Ok(token::sign(self.connection.access_key(), &all)?)
    }

    /// Opens a connection to the hub whose handler takes everything.
    ///
    /// # Errors
    /// The service cannot be reached or refuses the client.
    pub(super) async fn wire(&self) -> anyhow::Result<Wire> {
        self.wire_to(&self.hubs.all).await
    }

    /// Opens a connection to a hub.
    ///
    /// # Errors
    /// The service cannot be reached or refuses the client.
    pub(super) async fn wire_to(&self, hub: &HubName) -> anyhow::Result<Wire> {
        let negotiation = self.negotiation(hub, Value::Object(Map::new()))?;
        Wire::open(&negotiation, Wish::default()).await
    }

    /// Opens a connection and joins a namespace that begins with `word`.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses the client.
    pub(super) async fn joined(&self, word: &str) -> anyhow::Result<(Wire, String)> {
        let namespace = self.namespace(word);
        let mut wire = self.wire().await?;
        wire.joined(&namespace).await?;
        Ok((wire, namespace))
    }

    /// A request to the clients' path of a hub, with a query behind `EIO=4`.
    ///
    /// # Errors
    /// The address is not a URL.
    pub(super) fn client_path(
        &self,
        method: Method,
        hub: &HubName,
        query: &[(&str, &str)],
    ) -> anyhow::Result<RequestBuilder> {
        let path = audience::client_path(hub);
        let url = format!("{}{path}/", self.endpoint().trim_end_matches('/'));
        let mut url = reqwest::Url::parse(&url).context("the endpoint is not a URL")?;
        url.query_pairs_mut()
            .append_pair("EIO", "4")
            .extend_pairs(query);
        Ok(self.http.request(method, url))
    }

    /// A request to any other path of the service.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.endpoint().trim_end_matches('/'));
        self.http.request(method, url)
    }

    /// A REST call in the hub whose handler takes everything. `path` follows the hub.
    ///
    /// # Errors
    /// The token cannot be signed.
    pub(super) fn rest(&self, method: Method, path: &str) -> anyhow::Result<RequestBuilder> {
        let path = format!("/api/hubs/{}{path}", self.hubs.all);
        let url = format!("{}{path}", self.endpoint().trim_end_matches('/'));
        let token = self.sign(&url, Value::Object(Map::new()))?;
        let version = if path.contains('?') { '&' } else { '?' };
        let url = format!("{url}{version}api-version=2024-12-01");
        Ok(self.http.request(method, url).bearer_auth(token))
    }

    /// Opens a polling session.
    ///
    /// # Errors
    /// The service refuses it or answers something else than a handshake.
    pub(super) async fn polling(&self) -> anyhow::Result<Polling> {
        let token = self
            .negotiation(&self.hubs.all, Value::Object(Map::new()))?
            .token;
        let query = [("transport", "polling"), ("access_token", token.as_str())];
        let request = self.client_path(Method::GET, &self.hubs.all, &query)?;
        let request = request.header("origin", ORIGIN);
        let response = sent(request).await?;
        if !response.status().is_success() {
            bail!("a polling client was answered {}", response.status());
        }
        let headers = response.headers().clone();
        let text = response.text().await.map_err(reqwest::Error::without_url)?;
        let json = text.strip_prefix('0').context("no handshake came")?;
        let handshake = serde_json::from_str(json).context("the handshake has another form")?;
        Ok(Polling {
            handshake,
            headers,
            token,
        })
    }

    /// A text without the key and without tokens.
    pub(super) fn clean(&self, text: &str) -> String {
        let text = text.replace(self.connection.access_key(), "…");
        let separates = |c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c));
        let words = text.split_inclusive(separates);
        let words = words.map(|word| {
            let end = word.trim_end_matches(separates).len();
            match word.starts_with("eyJ") {
                true => format!("…{}", &word[end..]),
                false => word.to_owned(),
            }
        });
        words.collect()
    }
}

/// The origin of the page that a browser would name.
pub(super) const ORIGIN: &str = "https://sioverify.example";

/// Sends a request; an error names no URL, which may have a token.
pub(super) async fn sent(request: RequestBuilder) -> anyhow::Result<Response> {
    let sent = request.send().await.map_err(reqwest::Error::without_url);
    sent.context("the service did not answer")
}

fn now() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}
