//! The service behind its doors: its hubs, its keys and its filters.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};

use http::Request;
use http::header::HOST;
use sio_net::{Door, Reported};
use sio_protocol::names::HubName;

use crate::core::Core;
use crate::filter;
use crate::hub::Hub;
use crate::received::Received;
use crate::recorder::Recorder;

/// How many unused hubs are kept. Where clients need no token, they may name any.
const MOST_IDLE_HUBS: usize = 256;

/// The service behind all its doors: clients, REST and webhooks.
pub(crate) struct Service {
    pub(crate) core: Arc<Core>,
    /// The public address, without trailing slash.
    pub(crate) endpoint: String,
    /// Addresses that tokens may name besides the one that the request itself was sent to.
    pub(crate) endpoints: Vec<String>,
    /// The access keys, primary first.
    pub(crate) keys: Vec<String>,
    /// Whether a client needs no token, unless its hub has a rule of its own.
    pub(crate) anonymous: bool,
    pub(crate) anonymous_by_hub: HashMap<HubName, bool>,
    /// The second that REST calls are counted in, and how many it has seen.
    pub(crate) throttle: Mutex<(i64, u32)>,
    /// Counts the calls of `:invoke`.
    pub(crate) invocations: AtomicU64,
    pub(crate) recorder: Recorder,
    /// Which names REST calls and the inspector may be sent to, and which web pages may use the inspector.
    pub(crate) door: Door,
    /// Why the inspector has refused requests.
    pub(crate) inspector_refusals: Reported<String>,
    pub(crate) filters: filter::Cache,
    pub(crate) hubs: Mutex<HashMap<HubName, Arc<Hub>>>,
    /// Whether no client is let in any more.
    pub(crate) stopping: AtomicBool,
}

impl Service {
    /// A hub, made when its first client or call names it.
    pub(crate) fn hub(&self, name: &HubName) -> Arc<Hub> {
        let mut hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hub) = hubs.get(name) {
            return hub.clone();
        }
        if hubs.len() >= MOST_IDLE_HUBS {
            // Connections and open calls hold theirs; no other can be added while the table is locked.
            hubs.retain(|_, hub| Arc::strong_count(hub) > 1 || hub.has_connections());
        }
        let hub = Hub::new(name.clone(), self.core.transport.clone());
        let hub = Arc::new(hub);
        hubs.insert(name.clone(), hub.clone());
        hub
    }

    /// Whether a hub's clients need no token.
    pub(crate) fn is_anonymous(&self, hub: &HubName) -> bool {
        let rule = self.anonymous_by_hub.get(hub);
        rule.copied().unwrap_or(self.anonymous)
    }

    /// A hub that a client or call has named before.
    pub(crate) fn known_hub(&self, name: &HubName) -> Option<Arc<Hub>> {
        let hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        hubs.get(name).cloned()
    }

    /// Remembers what happens from now on, for the inspector.
    pub(crate) fn record(&self) {
        let settings = &self.core.settings;
        self.recorder
            .start(&self.core.hops, settings.inspector_body);
    }

    /// All hubs that were named so far.
    pub(crate) fn all_hubs(&self) -> Vec<Arc<Hub>> {
        let hubs = self.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        hubs.values().cloned().collect()
    }

    /// Checks a token for this request; `accepts` is asked for each audience, with the addresses it may begin with.
    pub(crate) fn verify(
        &self,
        token: &str,
        request: &Request<Received>,
        accepts: impl Fn(&str, &[&str]) -> bool,
    ) -> Result<sio_protocol::token::Claims, sio_protocol::token::TokenError> {
        let own = request
            .headers()
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .map(|host| format!("http://{host}"));
        let mut endpoints: Vec<&str> = self.endpoints.iter().map(String::as_str).collect();
        endpoints.extend(own.as_deref());
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        sio_protocol::token::verify(token, &keys, self.core.clock.unix_seconds(), |audience| {
            accepts(audience, &endpoints)
        })
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(request: &Request<Received>) -> Option<&str> {
    let value = request.headers().get(http::header::AUTHORIZATION)?;
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
