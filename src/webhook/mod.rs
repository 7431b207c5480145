//! The service's webhook in direct mode: who may post, what came, what is answered.
//!
//! Source: docs/contracts/service.md, "Webhook side"; docs/contracts/socketio-extension.md, "Webhook in". Where this
//! differs from Microsoft's extension on purpose, and why, is told in [`deviations`](crate::deviations).

mod answer;
mod caller;
mod dispatch;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod guard;
mod headers;
mod request;
mod stranger;
mod unknown;

pub(crate) use dispatch::Webhook;
