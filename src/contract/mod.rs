//! A typed contract between handlers and clients: events as types, checked here and in the page.
//!
//! An event declared as a type is a kind of its own: a handler registered for it must take exactly its arguments and
//! give exactly its acknowledgement, or it does not compile. `handler types` prints the same contract in TypeScript, as
//! the two type parameters of `Socket` in `socket.io-client`.
//!
//! ```
//! use socketio_functions::prelude::*;
//! use socketio_functions::{client_event, server_event, typescript};
//!
//! typescript! {
//!     /// A message as everybody sees it.
//!     #[derive(Debug, serde::Serialize)]
//!     pub struct Message {
//!         pub from: UserId,
//!         pub text: String,
//!     }
//! }
//!
//! typescript! {
//!     #[derive(Debug, serde::Serialize)]
//!     pub struct Refused {
//!         pub reason: &'static str,
//!     }
//! }
//!
//! client_event! {
//!     /// Says something in a room.
//!     pub Chat = "chat" (room: Room, text: String) -> bool;
//!     /// The callback gets one of two lists: that of the acknowledgement, or the refusal alone.
//!     pub Join = "join" (room: String) -> () | Refused;
//!     /// Without an acknowledgement.
//!     pub Typing = "typing" (on: bool);
//! }
//!
//! server_event! {
//!     pub NewMessage = "new message" (message: Message);
//! }
//!
//! async fn chat(socket: Socket, from: UserId, Data((room, text)): Data<(Room, String)>) -> Ack<bool> {
//!     socket.to(room).send::<NewMessage>(Message { from, text });
//!     Ack(true)
//! }
//!
//! async fn join(socket: Socket, Data(room): Data<String>) -> Result<Ack<()>, Refusal> {
//!     if room.is_empty() {
//!         return Err(Refusal::of::<Join>(Refused { reason: "a room needs a name" }));
//!     }
//!     socket.join(room);
//!     Ok(Ack(()))
//! }
//!
//! async fn typing(Data(_on): Data<bool>) {}
//!
//! let hub = Hub::new("hub").on(Chat, chat).on(Join, join).on(Typing, typing).emits(NewMessage);
//! let declarations = App::new().hub(hub).typescript().unwrap();
//! assert!(declarations.contains("chat: (room: string, text: string, ack: (answer: boolean) => void) => void;"));
//! assert!(declarations.contains("join: (room: string, ack: (...answer: [] | [Refused]) => void) => void;"));
//! assert!(declarations.contains("\"new message\": (message: Message) => void;"));
//! ```
//!
//! The types follow serde: renamed, tagged and flattened members, options and defaults are declared as they travel.
//! Numbers of every size are `number`, and [`Bytes`](crate::Bytes) are `ArrayBuffer | Uint8Array`, wherever they stand.

mod declare;
mod print;
mod signature;
mod types;

pub(crate) use print::{Declared, print};
#[doc(hidden)]
pub use signature::Signature;
#[doc(hidden)]
pub use ts_rs;
#[doc(hidden)]
pub use types::Types;

use serde::Serialize;
use ts_rs::TS;

/// An event that clients emit, declared by [`client_event!`](crate::client_event).
pub trait ClientEvent: Send + Sync + 'static {
    /// Its name on the wire.
    const NAME: &'static str;
    /// Its arguments: one parameter is an argument, several are a tuple.
    type Args: Send + 'static;
    /// The arguments of the client's callback, or nothing without one.
    type Ack: Send + 'static;

    /// Its signature in TypeScript.
    #[doc(hidden)]
    fn signature(types: &mut Types) -> Signature;
}

/// An event that clients emit and that its handler may refuse, with a value of a declared type: see
/// [`Refusal::of`](crate::reply::Refusal::of). Made by [`client_event!`](crate::client_event), where the type stands
/// behind the acknowledgement.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the contract does not declare a refusal of `{Self}`",
    note = "write its type behind the acknowledgement: `-> bool | Refused`"
)]
pub trait Refusable: ClientEvent {
    /// What the client's callback gets instead of the acknowledgement.
    type Refusal: TS + Serialize;
}

/// An event that handlers send, declared by [`server_event!`](crate::server_event).
pub trait ServerEvent: Send + Sync + 'static {
    /// Its name on the wire.
    const NAME: &'static str;
    /// Its arguments: one parameter is an argument, several are a tuple.
    type Args: Serialize;

    /// Its signature in TypeScript.
    #[doc(hidden)]
    fn signature(types: &mut Types) -> Signature;
}

/// In the place of an acknowledgement: the client emits the event without a callback.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAck {}
