//! What a handler can take as an argument.
//!
//! | argument | connect | connected | disconnected | event | HTTP, negotiation |
//! |---|---|---|---|---|---|
//! | [`Socket`], [`ConnectionId`] | ✓ | ✓ | ✓ | ✓ | |
//! | [`UserId`], `Option<UserId>` | ✓ | ✓ | ✓ | ✓ | |
//! | [`Claims`] | ✓ | | | | |
//! | [`Reason`] | | | ✓ | | |
//! | [`Args`] | | | | ✓ | |
//! | [`Request`] | | | | | ✓ |
//! | [`State`] | ✓ | ✓ | ✓ | ✓ | ✓ |
//! | [`Io`](crate::io::Io), [`Client`](crate::Client) | ✓ | ✓ | ✓ | ✓ | ✓ |
//!
//! Arguments are made from left to right before the handler runs. One that cannot be made is a failure of the
//! invocation that names it; the handler is not called.

mod args;
mod http;
mod socket;
mod state;

pub use args::{Args, EventArgs};
pub use socket::{Claims, Reason, Socket, UserId};
pub use state::State;

pub use crate::handler::{Extract, Rejection, Request};
pub use sio_protocol::names::ConnectionId;
