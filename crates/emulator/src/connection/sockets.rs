//! The sockets of a connection: which are pending or live, which have left, and who waits for their acknowledgements.

use std::collections::HashMap;
use std::sync::Arc;

use sio_protocol::names::Namespace;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::socket::Socket;

/// Sockets of one connection, those included about which the function app has not decided. Clients have a handful; each
/// packet is compared with all of them, so their number has an end.
pub(super) const MOST_SOCKETS: usize = 256;

/// The sockets, and what belongs to them all.
#[derive(Default)]
pub(super) struct Sockets {
    /// Pending and live ones; a connection has few.
    pub(super) present: Vec<Arc<Socket>>,
    /// Those whose `disconnected` webhooks are due.
    pub(super) departed: Vec<Departure>,
    /// Who waits for acknowledgements of the client, by namespace and id.
    pub(super) acks: HashMap<(String, String), mpsc::Sender<Utf8Bytes>>,
    /// Whether any socket was ever let in.
    pub(super) joined: bool,
    /// Whether the connection has ended, so that none begins any more.
    pub(super) retired: bool,
}

/// How far a client has come with its first namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has asked for none, or was refused.
    Idle,
    /// The function app has not decided yet.
    Pending,
    /// It has joined one, and may have left it since.
    Joined,
}

/// What becomes of a connect packet.
pub(super) enum Begun {
    /// It waits for the function app.
    Socket(Arc<Socket>),
    /// The client has joined the namespace already.
    Joined,
    /// The connection has as many sockets as it may have.
    Full,
}

/// A socket that was live and has left.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) socket: Arc<Socket>,
    pub(super) reason: String,
}

impl Sockets {
    /// The socket of a namespace: the one that joined last, or else the one that asked last.
    pub(super) fn find(&self, namespace: &Namespace) -> Option<Arc<Socket>> {
        let of_namespace = || {
            let present = self.present.iter().rev();
            present.filter(|socket| socket.namespace == *namespace)
        };
        let live = of_namespace().find(|socket| socket.is_live());
        live.or_else(|| of_namespace().next()).cloned()
    }

    pub(super) fn forget(&mut self, socket: &Arc<Socket>) {
        self.present.retain(|present| !Arc::ptr_eq(present, socket));
    }
}
