//! One socket: a client in one namespace.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use sio_protocol::names::{Namespace, SocketId};

/// A client's presence in a namespace.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) id: SocketId,
    pub(crate) namespace: Namespace,
    /// How many events it has had, where they are counted by socket.
    pub(super) events: AtomicU64,
    state: AtomicU8,
}

/// How far a socket has come. It only ever moves downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum SocketState {
    /// The function app has not decided yet.
    Pending = 0,
    /// It has joined.
    Live = 1,
    /// It was not let in.
    Rejected = 2,
    /// It has left.
    Gone = 3,
}

impl Socket {
    pub(crate) fn new(id: SocketId, namespace: Namespace) -> Self {
        Self {
            id,
            namespace,
            events: AtomicU64::new(0),
            state: AtomicU8::new(SocketState::Pending as u8),
        }
    }

    pub(crate) fn state(&self) -> SocketState {
        match self.state.load(Ordering::Acquire) {
            0 => SocketState::Pending,
            1 => SocketState::Live,
            2 => SocketState::Rejected,
            _ => SocketState::Gone,
        }
    }

    /// Changes happen under the lock of the connection's sockets; reads need no lock.
    pub(super) fn set(&self, state: SocketState) {
        self.state.store(state as u8, Ordering::Release);
    }

    pub(crate) fn is_live(&self) -> bool {
        self.state() == SocketState::Live
    }

    /// The text of a packet of this kind for the socket's namespace: `40/ns,`.
    pub(super) fn packet(&self, digit: char, data: &str) -> String {
        if self.namespace.is_main() {
            format!("4{digit}{data}")
        } else {
            format!("4{digit}{},{data}", self.namespace)
        }
    }
}
