//! What a handler can return.
//!
//! | kind | returns |
//! |---|---|
//! | connect | [`Admit`], or `()` to accept |
//! | connected, disconnected | `()` |
//! | event | `()` for no acknowledgement, [`Ack`] for one |
//! | HTTP | [`Response`], `String`, `&'static str`, [`Json`], a status code, `()` for 204; [`Page`] and [`Files`] are handlers themselves |
//! | negotiation | [`Identity`](crate::negotiate::Identity) |
//! | timer, queue | `()` |
//! | raw | `()`, [`Outputs`] |
//!
//! Each can stand inside a `Result` whose error converts to `anyhow::Error`. An error that is a [`Refusal`] becomes the
//! acknowledgement itself, or a rejection from a connect handler; any other fails the invocation.

mod ack;
mod admit;
mod fallible;
mod files;
mod http;
mod trigger;

pub use ack::{Ack, Refusal};
pub use admit::Admit;
pub use files::{Files, Page};
pub use http::Json;

pub use crate::handler::{Output, Outputs, Reply, Response};
