//! What every part of one emulator needs: settings, clock, hops, faults, tasks and webhooks.

use std::sync::Arc;

use sio_net::Abridged;
use sio_protocol::names::HubName;
use sio_trace::TraceId;
use tokio_util::task::TaskTracker;

use crate::causes::Causes;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::hops::{Hop, HopKind, Hops};
use crate::settings::{Settings, TransportSettings};
use crate::webhook::Webhooks;

/// What the service lends to its connections.
pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) transport: Arc<TransportSettings>,
    pub(crate) clock: Clock,
    pub(crate) hops: Hops,
    pub(crate) causes: Causes,
    pub(crate) faults: Arc<Faults>,
    pub(crate) webhooks: Webhooks,
    pub(crate) strangers: Strangers,
    /// Everything that should have its end when the emulator stops.
    pub(crate) tasks: TaskTracker,
}

/// The log lines that strangers can cause as often as they like.
#[derive(Debug, Default)]
pub(crate) struct Strangers {
    /// Clients that were refused before they had a session.
    pub(crate) clients: Abridged,
    /// Namespaces that were refused to clients.
    pub(crate) namespaces: Abridged,
    /// Events that were dropped; each is in its trace, too.
    pub(crate) events: Abridged,
    /// REST calls that were refused.
    pub(crate) calls: Abridged,
    /// Requests for paths of other services.
    pub(crate) paths: Abridged,
}

impl Core {
    /// Reports a hop that does not belong to a single connection. A derived one has a reason.
    pub(crate) fn hop(
        &self,
        (trace, derived): (TraceId, Option<&'static str>),
        hub: &HubName,
        body: Option<&str>,
        kind: impl FnOnce() -> HopKind,
    ) {
        self.hops.send(|| Hop {
            time: self.clock.now(),
            hub: hub.to_string(),
            connection: None,
            namespace: None,
            socket: None,
            user: None,
            kind: kind(),
            trace: Some(trace),
            derived,
            body: body.and_then(|body| self.hops.body(body)),
        });
    }
}
