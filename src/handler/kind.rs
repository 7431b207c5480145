//! The kinds of invocation, as types: which arguments a handler may take and what it may return hangs on them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::http::Request;
use super::input::SocketInput;
use super::source::Source;
use super::trigger::TriggerInput;
use crate::contract::ClientEvent;
use sio_protocol::names::UserId;

mod sealed {
    pub trait Sealed {}
}

/// What caused an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvocationKind {
    /// A client asks to join a namespace.
    Connect,
    /// A client has joined a namespace.
    Connected,
    /// A client has left a namespace or lost its connection.
    Disconnected,
    /// A client emitted an event.
    Event,
    /// An HTTP request.
    Http,
    /// A client asks for a token.
    Negotiate,
    /// A schedule came to its next time.
    Timer,
    /// A message arrived in a queue.
    Queue,
    /// Any other trigger binding of the Functions host.
    Raw,
}

impl fmt::Display for InvocationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Event => "event",
            Self::Http => "HTTP",
            Self::Negotiate => "negotiation",
            Self::Timer => "timer",
            Self::Queue => "queue",
            Self::Raw => "raw",
        })
    }
}

/// A kind of invocation. Each [`InvocationKind`] is one; they are fixed and have no other names.
pub trait Kind: sealed::Sealed + Send + Sync + 'static {
    /// The kind as a value.
    const KIND: InvocationKind;
    /// What an invocation of this kind brings.
    #[doc(hidden)]
    type Input: Clone + Send + Sync + 'static;
    #[doc(hidden)]
    fn source(input: &Self::Input) -> Source;
}

/// A kind that a client's socket caused: it has a socket's id, a namespace and perhaps a user.
pub trait SocketKind: Kind<Input = SocketInput> {}

/// A kind in which the socket has joined its namespace, so that a handler can act on it.
#[diagnostic::on_unimplemented(
    message = "a handler of kind `{Self}` has no socket to act on",
    label = "has no joined socket",
    note = "before a client is admitted, take `SocketId` and `Namespace`; where no client is involved, take `Io`"
)]
pub trait JoinedKind: SocketKind {}

/// A kind that an event of a client caused: it has a name and arguments.
pub trait EventKind: JoinedKind {}

/// A kind that an HTTP request caused.
pub trait RequestKind: Kind<Input = Request> {}

/// A kind that a binding of the Functions host caused.
pub trait TriggerKind: Kind<Input = TriggerInput> {}

/// A kind that a client caused, by a socket or by an HTTP request.
pub trait ClientKind: Kind {
    #[doc(hidden)]
    fn caller(input: &Self::Input) -> Caller<'_>;
}

/// The client that caused an invocation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Caller<'a> {
    /// A socket, whose user is that of its token.
    Socket(&'a SocketInput),
    /// An HTTP request.
    Request(&'a Request),
}

fn socket(input: &SocketInput) -> Source {
    Source::Socket(Arc::new(input.clone()))
}

fn request(input: &Request) -> Source {
    Source::Request(Arc::new(input.clone()))
}

fn trigger(_: &TriggerInput) -> Source {
    Source::Trigger
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $input:ty, $source:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $kind {}
        impl sealed::Sealed for $kind {}
        impl Kind for $kind {
            const KIND: InvocationKind = InvocationKind::$kind;
            type Input = $input;
            fn source(input: &$input) -> Source {
                $source(input)
            }
        }
    )*};
}

kinds! {
    /// A client asks to join a namespace; the reply decides.
    Connect, SocketInput, socket;
    /// A client has joined a namespace.
    Connected, SocketInput, socket;
    /// A client has left a namespace, or lost its connection.
    Disconnected, SocketInput, socket;
    /// A client emitted an event.
    Event, SocketInput, socket;
    /// An HTTP request.
    Http, Request, request;
    /// A client asks for a token.
    Negotiate, Request, request;
    /// A schedule has come to its next time.
    Timer, TriggerInput, trigger;
    /// A message has arrived in a queue.
    Queue, TriggerInput, trigger;
    /// Any other trigger binding of the Functions host.
    Raw, TriggerInput, trigger;
}

/// A client emitted an event of the [`contract`](crate::contract).
#[derive(Debug)]
pub struct Typed<E>(PhantomData<fn() -> E>);

impl<E: ClientEvent> sealed::Sealed for Typed<E> {}

impl<E: ClientEvent> Kind for Typed<E> {
    const KIND: InvocationKind = InvocationKind::Event;
    type Input = SocketInput;
    fn source(input: &SocketInput) -> Source {
        socket(input)
    }
}

impl<E: ClientEvent> SocketKind for Typed<E> {}
impl<E: ClientEvent> JoinedKind for Typed<E> {}
impl<E: ClientEvent> EventKind for Typed<E> {}

impl SocketKind for Connect {}
impl SocketKind for Connected {}
impl SocketKind for Disconnected {}
impl SocketKind for Event {}
impl JoinedKind for Connected {}
impl JoinedKind for Disconnected {}
impl JoinedKind for Event {}
impl EventKind for Event {}

impl RequestKind for Http {}
impl RequestKind for Negotiate {}

impl TriggerKind for Timer {}
impl TriggerKind for Queue {}
impl TriggerKind for Raw {}

macro_rules! callers {
    ($($kind:ty: $caller:ident;)*) => {$(
        impl ClientKind for $kind {
            fn caller(input: &Self::Input) -> Caller<'_> {
                Caller::$caller(input)
            }
        }
    )*};
}

callers! {
    Connect: Socket;
    Connected: Socket;
    Disconnected: Socket;
    Event: Socket;
    Http: Request;
    Negotiate: Request;
}

impl<E: ClientEvent> ClientKind for Typed<E> {
    fn caller(input: &SocketInput) -> Caller<'_> {
        Caller::Socket(input)
    }
}

impl Caller<'_> {
    /// The user of a socket's connection. A request does not have one: see [`Principal`](crate::extract::Principal).
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::Socket(socket) => socket.user.as_ref(),
            Self::Request(_) => None,
        }
    }
}
