//! Our side of the protocol between the Functions host and a custom handler.
//!
//! The host hands an HTTP request over in one of three ways: proxied or forwarded, and then it arrives as it was sent,
//! or wrapped in a JSON envelope at `/{function}`. All three become one [`Request`](crate::handler::Request).
//! Source: docs/contracts/functions-host.md, "Request to the handler", "Answer of the handler" and "Forwarding and
//! proxying".

mod access;
mod destination;
mod envelope;
mod functions;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod invoke;
mod listen;
mod routes;
mod server;
mod triggers;

pub(crate) use functions::Functions;
pub(crate) use invoke::invoke;
pub use listen::bind;
pub use server::{StartError, serve};
