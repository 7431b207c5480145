//! An invocation of a function, as hops name it.

use std::fmt;

use http::HeaderMap;
use sio_protocol::cloud_events::header;
use sio_trace::TraceId;

use crate::app::Function;

/// An invocation of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The function's name.
    pub function: String,
    /// The type of the function's trigger, such as `httpTrigger`.
    pub trigger: String,
    /// The invocation's id.
    pub invocation: String,
    /// How the handler is asked.
    pub mode: Mode,
    /// The caller's method; `POST` for a function without a caller.
    pub method: String,
    /// The caller's path, without its query; empty for a function without a caller.
    pub path: String,
    /// The id of the trace that the invocation is part of, as 32 hexadecimal digits.
    pub trace: Option<String>,
    /// The client's event that the caller posts, if it is a Socket.IO service.
    pub event: Option<ClientEvent>,
    /// The `traceparent` header that the handler receives, and that REST calls of output bindings carry.
    pub(crate) parent: Option<String>,
}

/// The trace that a caller names.
pub(crate) fn trace_of(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(sio_trace::id::HEADER)?.to_str().ok()?;
    TraceId::of_parent(header).map(|trace| trace.to_string())
}

/// A client's event, as the headers of a webhook describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientEvent {
    /// Its name; `connect`, `connected` and `disconnected` are the service's own.
    pub name: String,
    /// Its hub.
    pub hub: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
    /// The socket that sent it.
    pub socket: Option<String>,
    /// The socket's user.
    pub user: Option<String>,
}

impl ClientEvent {
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name| {
            let value = headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        headers.get(header::TYPE)?;
        Some(Self {
            name: text(header::EVENT_NAME)?,
            hub: text(header::HUB),
            namespace: text(header::NAMESPACE),
            socket: text(header::SOCKET_ID),
            user: text(header::USER_ID),
        })
    }
}

impl Call {
    /// A new invocation. It is part of its caller's trace, or of a new one, which the original host does not start.
    pub(crate) fn new(
        function: &Function,
        mode: Mode,
        (method, path): (&str, &str),
        caller: Option<&HeaderMap>,
    ) -> Self {
        let invocation = uuid::Uuid::new_v4();
        let header = caller.and_then(|headers| headers.get(sio_trace::id::HEADER)?.to_str().ok());
        let given = header.and_then(TraceId::of_parent);
        let trace = given.unwrap_or_else(|| TraceId::new(uuid::Uuid::new_v4().as_u128()));
        let parent = match given {
            Some(_) => header.map(str::to_owned),
            None => Some(trace.parent(invocation.as_u64_pair().0)),
        };
        Self {
            function: function.name.clone(),
            trigger: function
                .trigger()
                .map_or(String::new(), |trigger| trigger.kind.clone()),
            invocation: invocation.to_string(),
            mode,
            method: method.to_owned(),
            path: path.to_owned(),
            trace: Some(trace.to_string()),
            event: caller.and_then(ClientEvent::of),
            parent,
        }
    }
}

/// How an invocation reaches the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// In the JSON envelope.
    Envelope,
    /// As a copy of the request.
    Forwarded,
    /// As the request itself, streamed.
    Proxied,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Envelope => "envelope",
            Self::Forwarded => "forwarded",
            Self::Proxied => "proxied",
        })
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.function)?;
        if !self.path.is_empty() {
            write!(f, "{} {} ", self.method, self.path)?;
        }
        write!(f, "{} {}", self.mode, self.invocation)
    }
}
