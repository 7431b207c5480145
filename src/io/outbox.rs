//! The outbox of one invocation.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sio_protocol::names::{HubName, Namespace};

use super::Action;
use crate::telemetry::{Abridged, abridge};

/// Actions that came after the end of their invocation.
static LATE: Abridged = Abridged::new();

/// Where an outbox sends by default.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    /// Hub of the invocation, or the app's only one. None where the invocation belongs to no hub, as a timer's, and the
    /// app does not have exactly one.
    pub hub: Option<Arc<HubName>>,
    /// Namespace of the invocation.
    pub namespace: Namespace,
}

/// What has been put out so far.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Actions in the order of the calls.
    pub actions: Vec<Action>,
    /// What could not become an action. One of them fails the invocation.
    pub errors: Vec<String>,
    closed: bool,
}

/// The way into an outbox. Clones share one.
#[derive(Debug, Clone, Default)]
pub(super) struct Sink(Arc<Mutex<Outbox>>);

impl Sink {
    pub(super) fn put(&self, action: Action) {
        let mut outbox = self.lock();
        if outbox.closed {
            abridge!(
                error,
                LATE,
                "not sent: {action}, because its invocation has ended; take a `Client` for work that outlives an invocation"
            );
        } else {
            outbox.actions.push(action);
        }
    }

    /// Fails what the outbox belongs to.
    pub(super) fn refuse(&self, error: String) {
        self.lock().errors.push(error);
    }

    /// Takes everything out and closes the outbox.
    pub(super) fn close(&self) -> Outbox {
        let mut outbox = self.lock();
        let content = std::mem::take(&mut *outbox);
        outbox.closed = true;
        content
    }

    fn lock(&self) -> MutexGuard<'_, Outbox> {
        // A list that a panicking task was pushing to is still a list.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
