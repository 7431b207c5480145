//! What a handler can take as an argument.
//!
//! | argument | connect | connected | disconnected | event | HTTP | negotiation | timer | queue | raw |
//! |---|---|---|---|---|---|---|---|---|---|
//! | [`Socket`], [`Namespace`], [`ConnectionId`], [`EventId`] | ✓ | ✓ | ✓ | ✓ | | | | | |
//! | [`UserId`], `Option<UserId>` | ✓ | ✓ | ✓ | ✓ | | | | | |
//! | [`Claims`], [`ClientCertificates`] | ✓ | | | | | | | | |
//! | [`Query`], [`Headers`] | ✓ | | | | ✓ | ✓ | | | |
//! | [`Reason`] | | | ✓ | | | | | | |
//! | [`Args`], [`RawArgs`], [`EventName`] | | | | ✓ | | | | | |
//! | [`Request`], [`Principal`], `Option<Principal>` | | | | | ✓ | ✓ | | | |
//! | [`Negotiator`](crate::negotiate::Negotiator) | | | | | ✓ | | | | |
//! | [`TimerInfo`] | | | | | | | ✓ | | |
//! | [`Message`] | | | | | | | | ✓ | ✓ |
//! | [`Metadata`] | | | | | | | ✓ | ✓ | ✓ |
//! | [`Data`] | | | | | | | | | ✓ |
//! | [`State`], [`Io`](crate::io::Io), [`Client`](crate::Client), [`InvocationId`], [`Deadline`] | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ |
//!
//! Arguments are made from left to right before the handler runs. One that cannot be made is a failure of the
//! invocation that names it; the handler is not called.

mod args;
mod binary;
mod event;
mod handshake;
mod http;
mod invocation;
mod principal;
mod socket;
mod state;
mod trigger;
mod type_text;

pub use args::{Args, EventArgs};
pub use event::{EventId, RawArgs};
pub use handshake::{Claims, ClientCertificates, Headers, Query};
pub use principal::Principal;
pub use socket::{Reason, Socket, UserId};
pub use state::State;
pub use trigger::{Data, Message, Metadata, ScheduleStatus, TimerInfo};

pub use crate::handler::{Deadline, Extract, InvocationId, Rejection, Request};
pub use sio_protocol::cloud_events::ClientCertificate;
pub use sio_protocol::names::{ConnectionId, EventName, Namespace, SocketId};
