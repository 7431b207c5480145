//! What a handler can return.
//!
//! | kind | returns |
//! |---|---|
//! | connect | `()` to admit the client; a [`Refusal`] as the error turns it away |
//! | connected, disconnected | `()` |
//! | event | `()` for no acknowledgement, [`Ack`] for one |
//! | HTTP | [`Response`], `String`, `&'static str`, [`Json`], a status code, `()` for 204; [`Page`] and [`Files`] are handlers themselves |
//! | negotiation | [`Identity`](crate::negotiate::Identity) |
//! | timer, queue | `()` |
//! | raw | `()`, [`Outputs`] |
//!
//! Each can stand inside a `Result` whose error converts to `anyhow::Error`. An error that is a [`Refusal`] is the answer
//! that the client gets; any other fails the invocation.

mod ack;
mod fallible;
mod files;
mod http;
mod trigger;

pub use ack::Ack;
pub use files::{Files, Page};
pub use http::Json;

pub use crate::handler::{Output, Outputs, Refusal, Response};
