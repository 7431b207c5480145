//! What a handler can take as an argument.
//!
//! | argument | connect | connected | disconnected | event | HTTP | negotiation | timer | queue | raw |
//! |---|---|---|---|---|---|---|---|---|---|
//! | [`Socket`] | | ✓ | ✓ | ✓ | | | | | |
//! | [`SocketId`], [`Namespace`], [`ConnectionId`], [`EventId`] | ✓ | ✓ | ✓ | ✓ | | | | | |
//! | [`UserId`], `Option<UserId>` | ✓ | ✓ | ✓ | ✓ | | | | | |
//! | [`Claims`], [`ClientCertificates`] | ✓ | | | | | | | | |
//! | [`Query`], [`Headers`] | ✓ | | | | ✓ | ✓ | | | |
//! | [`Reason`] | | | ✓ | | | | | | |
//! | [`Data`] | | | | ✓ | | | | ✓ | ✓ |
//! | [`RawArgs`], [`EventName`] | | | | ✓ | | | | | |
//! | [`Request`], [`Principal`], `Option<Principal>` | | | | | ✓ | ✓ | | | |
//! | [`Negotiator`](crate::negotiate::Negotiator) | | | | | ✓ | | | | |
//! | [`TimerInfo`] | | | | | | | ✓ | | |
//! | [`Metadata`] | | | | | | | ✓ | ✓ | ✓ |
//! | [`Inputs`] | | | | | | | | | ✓ |
//! | [`State`], [`Extension`], [`Io`](crate::io::Io), [`Client`](crate::Client), [`InvocationId`], [`Deadline`] | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ |
//!
//! Arguments are made from left to right before the handler runs. One that cannot be made is a [`Rejection`]: the handler
//! is not called. Types of an author's own become arguments by [`Extract`].

mod data;
mod event;
mod handshake;
mod http;
mod invocation;
mod principal;
mod socket;
mod state;
mod trigger;

pub use data::Data;
pub use event::{EventId, RawArgs};
pub use handshake::{Claims, ClientCertificates, Headers, Query};
pub use principal::Principal;
pub use socket::{Reason, Socket};
pub(crate) use state::no_service;
pub use state::{Extension, State};
pub use trigger::{Inputs, Metadata, ScheduleStatus, TimerInfo};

pub use crate::arguments::Variadic;
pub use crate::handler::{
    Caller, ClientKind, Context, Deadline, EventKind, Extract, InvocationId, Kind, Needs,
    Rejection, Request, RequestKind, SocketKind,
};
pub use sio_protocol::cloud_events::ClientCertificate;
pub use sio_protocol::names::{ConnectionId, EventName, Namespace, Room, SocketId, UserId};
