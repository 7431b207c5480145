//! The service's webhook in direct mode: who may post, what came, what is answered.
//!
//! Source: service contract, "Webhook side"; extension contract, "Webhook in". Three deviations from Microsoft's
//! extension, all on purpose: the signature is checked before anything is looked up, so that strangers learn nothing;
//! a failed handler is answered at once; and an empty acknowledgement is sent.

mod answer;
mod caller;
mod dispatch;
mod guard;
mod headers;
mod request;
mod unknown;

pub(crate) use dispatch::Webhook;
