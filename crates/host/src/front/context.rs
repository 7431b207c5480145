//! What every request needs.

use std::sync::Arc;
use std::time::Instant;

use sio_net::Abridged;
use tokio_util::sync::CancellationToken;

use super::cors::Cors;
use super::entrance::Entrance;
use crate::app::App;
use crate::auth::Access;
use crate::config::Config;
use crate::extension::Extension;
use crate::hop::{Hop, Hops};
use crate::process::Gate;
use crate::queue::{Address, Queues};
use crate::timer::Statuses;

/// The running host, as its requests see it.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: Arc<Config>,
    pub(crate) app: App,
    /// None in an app without functions: then there is no handler.
    pub(crate) gate: Option<Gate>,
    pub(crate) cors: Cors,
    pub(crate) entrance: Entrance,
    /// None in an app that does not use it.
    pub(crate) extension: Option<Box<dyn Extension>>,
    pub(crate) access: Access,
    pub(crate) hops: Hops,
    pub(crate) queues: Arc<Queues>,
    pub(crate) statuses: Arc<Statuses>,
    pub(crate) base: String,
    /// Cancelled when the host stops: invocations end.
    pub(crate) stop: CancellationToken,
    pub(crate) started: Instant,
}

impl Context {
    /// Does a function of the app take messages out of this queue?
    pub(crate) fn listens(&self, address: &Address) -> bool {
        let mut enabled = self
            .app
            .functions
            .iter()
            .filter(|function| !function.disabled);
        enabled.any(|function| Address::of_trigger(function).as_ref() == Some(address))
    }

    /// Warns the author.
    pub(crate) fn warn(&self, text: String) {
        self.hops.send(Hop::Warning(text));
    }

    /// Warns the author of what callers can cause as often as they like.
    pub(super) fn warn_of(&self, kind: &Abridged, text: impl FnOnce() -> String) {
        if let Some(line) = kind.line(text) {
            self.warn(line);
        }
    }
}
