//! A hub: its sessions, its connections, and the groups and users they belong to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sio_protocol::names::HubName;

use crate::connection::Connection;
use crate::filter::Filter;
use crate::roster::{Audience, Roster};
use crate::settings::TransportSettings;
use crate::transport::Engine;

/// Everything of one hub.
pub(crate) struct Hub {
    pub(crate) name: HubName,
    pub(crate) engine: Engine,
    /// Shared with its connections.
    pub(crate) shared_roster: Arc<Mutex<Roster<Connection>>>,
}

impl Hub {
    pub(crate) fn new(name: HubName, settings: Arc<TransportSettings>) -> Self {
        Self {
            name,
            engine: Engine::new(settings),
            shared_roster: Arc::new(Mutex::new(Roster::new())),
        }
    }

    /// Who is in which group. Held for look-ups and changes, never while anything waits.
    pub(crate) fn roster(&self) -> MutexGuard<'_, Roster<Connection>> {
        self.shared_roster
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a connection holds the roster. It does until its last webhook has been sent.
    pub(crate) fn has_connections(&self) -> bool {
        Arc::strong_count(&self.shared_roster) > 1
    }

    /// Closes every connection.
    pub(crate) fn close_all(&self, reason: &str) {
        for connection in self.select(&Audience::Everybody, None, &[]) {
            connection.close(reason);
        }
    }

    /// The connections of an audience that a filter selects and that are not excluded, each once.
    pub(crate) fn select(
        &self,
        audience: &Audience<'_>,
        filter: Option<&Filter>,
        excluded: &[String],
    ) -> Vec<Arc<Connection>> {
        self.roster().select(audience, filter, excluded)
    }
}
