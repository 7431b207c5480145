//! What an invocation sends: to rooms, sockets, users and namespaces.
//!
//! [`Io`] is an outbox. Nothing leaves while the handler runs; once it has succeeded, its actions go to the service in
//! the order of the calls, and only then does the answer go out, an acknowledgement included. A handler that fails has
//! sent nothing.

mod action;
mod outbox;
mod selection;
mod sender;
mod targets;

pub(crate) use action::{Action, Audience, Operation};
pub(crate) use outbox::{Outbox, Scope};
pub use selection::Selection;
pub use sender::Io;
pub use targets::IntoRooms;
