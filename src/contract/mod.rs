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
//!     pub Chat = "chat" (room: String, text: String) -> (bool,);
//!     /// The callback gets one of two lists: that of the acknowledgement, or the refusal alone.
//!     pub Join = "join" (room: String) -> () | Refused;
//!     /// Nobody waits for an answer.
//!     pub Typing = "typing" (on: bool);
//! }
//!
//! server_event! {
//!     pub NewMessage = "new message" (message: Message);
//! }
//!
//! async fn chat(from: UserId, Args((room, text)): Args<(String, String)>, io: Io) -> Ack<(bool,)> {
//!     io.to(room).send::<NewMessage>((Message { from, text },));
//!     Ack((true,))
//! }
//!
//! async fn join(socket: Socket, Args((room,)): Args<(String,)>, io: Io) -> Result<Ack<()>, Refusal> {
//!     if room.is_empty() {
//!         return Err(Refusal::of::<Join>(Refused { reason: "a room needs a name" }));
//!     }
//!     io.join(&socket, room);
//!     Ok(Ack(()))
//! }
//!
//! async fn typing(Args((_on,)): Args<(bool,)>) {}
//!
//! let hub = Hub::new("hub").on(Chat, chat).on(Join, join).on(Typing, typing).emits(NewMessage);
//! let declarations = App::new().hub(hub).check().unwrap().typescript().unwrap();
//! assert!(declarations.contains("chat: (room: string, text: string, ack: (arg0: boolean) => void) => void;"));
//! assert!(declarations.contains("join: (room: string, ack: (...answer: [] | [Refused]) => void) => void;"));
//! assert!(declarations.contains("\"new message\": (message: Message) => void;"));
//! ```
//!
//! Without the macros, implement [`ClientEvent`], [`ServerEvent`] and [`TypeScript`] by hand.

mod declare;
mod print;
mod signature;
mod std_types;
mod typescript;

pub use print::{ConflictError, Declared, print};
pub use signature::{Callback, Parameters, Signature};
pub use typescript::{TypeScript, Types};
#[doc(hidden)]
pub use typescript::{object, union};

use serde::Serialize;

/// An event that clients emit.
pub trait ClientEvent: Send + Sync + 'static {
    /// Its name on the wire.
    const NAME: &'static str;
    /// What its arguments are called, in their order; only for people.
    const PARAMETERS: &'static [&'static str] = &[];
    /// Its arguments: a tuple, or a `Vec` for any number of one type.
    type Args: Parameters + Send + 'static;
    /// The arguments of the client's callback, or [`NoAck`].
    type Ack: Callback + Send + 'static;

    /// Its signature in TypeScript.
    fn signature(types: &mut Types) -> Signature {
        Signature::new::<Self::Args>(Self::NAME, Self::PARAMETERS, types)
            .with_callback::<Self::Ack>(types)
    }
}

/// An event that clients emit and that its handler may refuse, with a value of a declared type: see
/// [`Refusal::of`](crate::reply::Refusal::of). Made by [`client_event!`](crate::client_event), where the type stands
/// behind the acknowledgement.
#[diagnostic::on_unimplemented(
    message = "the contract knows no refusal of `{Self}`",
    note = "write its type behind the acknowledgement: `-> (bool,) | Refused`"
)]
pub trait Refusable: ClientEvent {
    /// What the client's callback gets instead of the acknowledgement.
    type Refusal: TypeScript + Serialize;
}

/// An event that handlers send.
pub trait ServerEvent: Send + Sync + 'static {
    /// Its name on the wire.
    const NAME: &'static str;
    /// What its arguments are called, in their order; only for people.
    const PARAMETERS: &'static [&'static str] = &[];
    /// Its arguments: a tuple, or a `Vec` for any number of one type.
    type Args: Parameters + Serialize;

    /// Its signature in TypeScript.
    fn signature(types: &mut Types) -> Signature {
        Signature::new::<Self::Args>(Self::NAME, Self::PARAMETERS, types)
    }
}

/// In the place of an acknowledgement: the client emits the event without a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAck {}
