//! What an invocation comes from, whatever its kind.

use std::sync::Arc;

use super::http::Request;
use super::input::SocketInput;

/// What an invocation comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A client's socket.
    Socket(Arc<SocketInput>),
    /// An HTTP request.
    Request(Arc<Request>),
    /// A trigger binding of the host.
    Trigger,
}
