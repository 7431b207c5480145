//! What an app consists of: hubs with their handlers, HTTP functions, shared state.
//!
//! The list of registrations is the app's only description; [`manifest`] derives every `function.json` from it.

mod builder;
mod check;
mod event_function;
mod hub;
pub mod manifest;
mod registry;
mod route;

pub use builder::App;
pub use check::BuildError;
pub use event_function::EventFunction;
pub use hub::{Hub, Scope};
pub(crate) use registry::WEBHOOK;
pub use registry::{HttpFunction, HttpRole, HubTable, NamespaceTable, Registry};
pub use route::{AuthLevel, Route};
