//! The kinds of invocation, as types: which arguments a handler may take and what it may return hangs on them.

use std::marker::PhantomData;

use super::http::Request;
use super::input::SocketInput;
use super::trigger::TriggerInput;
use crate::contract::ClientEvent;

mod sealed {
    pub trait Sealed {}
}

/// A kind of invocation. The kinds are fixed; see the implementors.
pub trait Kind: sealed::Sealed + Send + Sync + 'static {
    /// The kind's name in error messages.
    const NAME: &'static str;
    /// What an invocation of this kind brings.
    type Input: Send + 'static;
    /// What becomes of a refusal that its handler returns.
    const REFUSAL: RefusalMeans;
}

/// What becomes of a refusal that a handler returns as its error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalMeans {
    /// The acknowledgement of the event.
    Acknowledgement,
    /// The client may not join.
    Rejection,
    /// Nobody waits for it: the invocation fails.
    Failure,
}

/// A kind that a client's socket caused: it has a socket, a namespace and perhaps a user.
pub trait SocketKind: Kind<Input = SocketInput> {}

/// A kind that an event of a client caused: it has a name and arguments.
pub trait EventKind: SocketKind {}

/// A kind that an HTTP request caused.
pub trait RequestKind: Kind<Input = Request> {}

/// A kind that a binding of the Functions host caused.
pub trait TriggerKind: Kind<Input = TriggerInput> {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $name:literal, $input:ty, $refusal:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $kind {}
        impl sealed::Sealed for $kind {}
        impl Kind for $kind {
            const NAME: &'static str = $name;
            type Input = $input;
            const REFUSAL: RefusalMeans = RefusalMeans::$refusal;
        }
    )*};
}

kinds! {
    /// A client asks to join a namespace; the reply decides.
    Connect, "connect", SocketInput, Rejection;
    /// A client has joined a namespace.
    Connected, "connected", SocketInput, Failure;
    /// A client has left a namespace, or lost its connection.
    Disconnected, "disconnected", SocketInput, Failure;
    /// A client emitted an event.
    Event, "event", SocketInput, Acknowledgement;
    /// An HTTP request.
    Http, "HTTP", Request, Failure;
    /// A client asks for a token.
    Negotiate, "negotiation", Request, Failure;
    /// A schedule has come to its next time.
    Timer, "timer", TriggerInput, Failure;
    /// A message has arrived in a queue.
    Queue, "queue", TriggerInput, Failure;
    /// Any other trigger binding of the Functions host.
    Raw, "raw", TriggerInput, Failure;
}

/// A client emitted an event of the [`contract`](crate::contract).
#[derive(Debug)]
pub struct Typed<E>(PhantomData<fn() -> E>);

impl<E: ClientEvent> sealed::Sealed for Typed<E> {}

impl<E: ClientEvent> Kind for Typed<E> {
    const NAME: &'static str = "event";
    type Input = SocketInput;
    const REFUSAL: RefusalMeans = RefusalMeans::Acknowledgement;
}

impl<E: ClientEvent> SocketKind for Typed<E> {}
impl<E: ClientEvent> EventKind for Typed<E> {}

impl SocketKind for Connect {}
impl SocketKind for Connected {}
impl SocketKind for Disconnected {}
impl SocketKind for Event {}
impl EventKind for Event {}

impl RequestKind for Http {}
impl RequestKind for Negotiate {}

impl TriggerKind for Timer {}
impl TriggerKind for Queue {}
impl TriggerKind for Raw {}
