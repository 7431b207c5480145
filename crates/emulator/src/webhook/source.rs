//! Whose event it is.

use std::sync::atomic::{AtomicU64, Ordering};

use sio_protocol::names::{HubName, Namespace, SocketId};
use sio_trace::TraceId;

/// The client behind an event, as the headers of its webhook name it.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    /// The trace of the event, which the request names.
    pub(crate) trace: TraceId,
    pub(crate) hub: &'a HubName,
    pub(crate) connection: &'a str,
    pub(crate) namespace: &'a Namespace,
    pub(crate) socket: &'a SocketId,
    pub(crate) user: Option<&'a str>,
    /// The signature over the connection's id.
    pub(crate) signature: &'a str,
    /// The value of the `Cookie` header, if there is anything to say.
    pub(crate) cookies: Option<String>,
    /// Counts the events that were sent, for their ids (D14).
    pub(crate) sent: &'a AtomicU64,
}

impl Source<'_> {
    /// The id of the next event: 0, 1, 2, …
    pub(super) fn next_id(&self) -> u64 {
        self.sent.fetch_add(1, Ordering::Relaxed)
    }
}
