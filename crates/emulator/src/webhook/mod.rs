//! Webhooks: what the service tells the function app, and what the answers mean.
//!
//! | file | what |
//! |---|---|
//! | `event.rs` | what a handler is told |
//! | `source.rs` | whose event it is |
//! | `outcome.rs` | what came of it |
//! | `handler.rs` | which handler takes an event |
//! | `template.rs` | at which URL |
//! | `validation.rs` | asking a URL once whether it wants to be called at all |
//! | `request.rs` | headers |
//! | `caller.rs` | one HTTP request |
//! | `delivery.rs` | tries, pauses, deadline |
//! | `hints.rs` | what to do about the classic mistakes |
//!
//! Source: docs/contracts/service.md, "Webhook side".

mod caller;
mod delivery;
mod event;
mod handler;
mod hints;
mod outcome;
mod request;
mod source;
mod template;
mod validation;

pub use handler::{EventHandler, HubPolicy};
pub use template::TemplateError;

pub(crate) use delivery::Webhooks;
pub(crate) use event::WebhookEvent;
pub(crate) use handler::{Handlers, Policies};
pub(crate) use outcome::{Answer, Failure, Outcome};
pub(crate) use source::Source;
