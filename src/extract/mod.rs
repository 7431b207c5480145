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
//! | [`Io`](crate::io::Io) | ✓ | ✓ | ✓ | ✓ | ✓ |
//!
//! Arguments are made from left to right before the handler runs. One that cannot be made is a failure of the
//! invocation that names it; the handler is not called.

mod args;
mod http;
mod invocation;
mod socket;
mod state;
mod trigger;
mod type_text;

pub use args::{Args, EventArgs};
pub use socket::{Claims, Reason, Socket, UserId};
pub use state::State;
pub use trigger::{Data, Message, Metadata, ScheduleStatus, TimerInfo};

pub use crate::handler::{Deadline, Extract, InvocationId, Rejection, Request};
pub use sio_protocol::names::ConnectionId;
