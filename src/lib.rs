//! Socket.IO without a server: Azure Functions custom handlers for Azure Web PubSub for Socket.IO, in Rust.
//!
//! Socket.IO clients hold their connections to the service (in serverless mode); the service posts each event to a
//! function app; the app answers, and sends to clients through the service's REST API. This crate is the function app's
//! side: an author writes async functions, registers them, and calls [`App::run`].
//!
//! ```
//! use socketio_functions::prelude::*;
//!
//! /// socket.emit("chat", room, text, (ok) => …)
//! async fn chat(socket: Socket, user: UserId, Data((room, text)): Data<(String, String)>, io: Io) -> Ack<bool> {
//!     socket.to(room).emit("new message", (user, text));
//!     Ack(true)
//! }
//!
//! async fn name(request: Request) -> Identity {
//!     Identity::user(request.query("name").unwrap_or_default())
//! }
//!
//! pub fn app() -> App {
//!     App::new()
//!         .hub(Hub::new("hub").negotiate("negotiate", name).on("chat", chat))
//!         .get("index", Page::file("public/index.html"))
//! }
//! # app().check().unwrap();
//! ```
//!
//! New here? The [`guide`] begins with a chat in five minutes.
//!
//! # What to read, in this order
//!
//! 1. [`App`] and [`Hub`]: what can be registered.
//! 2. [`extract`]: what a handler can take, by its kind.
//! 3. [`reply`]: what it can return, and what becomes of errors.
//! 4. [`io`]: rooms, sockets, users; what is sent, and when.
//! 5. [`negotiate`]: who the user is.
//! 6. [`contract`]: events as types, here and in the page.
//! 7. [`settings`]: what the environment must say.
//! 8. [`deviations`]: where this differs from Microsoft's extension, and why.
//!
//! # How an event travels
//!
//! The Functions host hands a request over (`invocation`); if it is the service's, its signature is checked and its
//! headers and packet become a handler's input (`webhook`); the handler runs with its arguments (`handler`); what it
//! put into its outbox ([`io`]) is sent through REST (`client`); then its return value becomes the answer. Each floor
//! knows only those below it.
//!
//! In extension mode Microsoft's extension takes the webhook and sends the outputs. The host then invokes one function
//! for each event (`extension`), and the same handlers run.
//!
//! Nothing is kept between invocations: any number of instances can serve the same clients.
//!
//! Comments that begin with "Source:" say where a fact about the wire comes from; the pages below `docs/contracts` have it.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod app;
mod arguments;
mod client;
pub mod contract;
mod extension;
pub mod extract;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
// It reads the processor time of a thread from the system, as Unix has it.
#[cfg(all(test, unix))]
mod growth;
mod handler;
mod invocation;
pub mod io;
mod issuer;
mod json_error;
mod json_net;
mod lease_cache;
pub mod negotiate;
pub mod reply;
mod run;
pub mod settings;
mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod webhook;

#[doc = include_str!("docs/deviations.md")]
pub mod deviations {}

// Nothing but documentation, so no build has anything of it.
#[cfg(doc)]
pub mod guide;

pub mod middleware;

pub use app::{App, Hub};
pub use arguments::Bytes;
#[cfg(feature = "entra")]
#[doc(hidden)]
pub use client::IdentityTokens;
pub use client::{Client, Receivers, SendError, Sending};
// For this repository's own tests and benchmarks: an app on a port of theirs.
#[doc(hidden)]
pub use invocation::{StartError, bind, serve};
pub use run::Error;

/// Everything that an app's source needs.
pub mod prelude {
    #[doc(no_inline)]
    pub use crate::app::{App, AuthLevel, Handlers, Hub, OnError, Route};
    #[doc(no_inline)]
    pub use crate::extract::{
        Claims, ConnectionId, Data, EventId, EventName, Extension, Namespace, Principal, Query,
        RawArgs, Reason, Request, Room, Socket, SocketId, State, TimerInfo, UserId,
    };
    #[doc(no_inline)]
    pub use crate::io::Io;
    #[doc(no_inline)]
    pub use crate::middleware::{Call, Next, Outcome};
    #[doc(no_inline)]
    pub use crate::negotiate::{Identity, Negotiator};
    #[doc(no_inline)]
    pub use crate::reply::{Ack, Files, Json, Page, Refusal, Response};
    #[doc(no_inline)]
    pub use crate::{Bytes, Client, Error};
}

/// The README's code, compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
