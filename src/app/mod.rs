//! What an app consists of: hubs with their handlers, HTTP functions, shared state.
//!
//! The list of registrations is the app's only description; [`manifest`] derives every `function.json` from it.

mod alias;
mod builder;
mod check;
mod event_function;
mod event_key;
mod host_json;
mod hub;
pub mod manifest;
mod on_error;
mod registry;
mod route;
mod trigger;
mod typescript;

pub use alias::{Alias, refuse_aliases};
pub use builder::App;
pub use check::BuildError;
pub use event_function::EventFunction;
pub use event_key::EventKey;
pub use host_json::problems as host_json_problems;
pub use hub::{Contract, Hub, Scope};
pub use on_error::OnError;
pub(crate) use registry::WEBHOOK;
pub use registry::{HttpFunction, HttpRole, HubTable, NamespaceTable, Registry};
pub use route::{AuthLevel, Route};
pub use trigger::{TriggerFunction, TriggerRole};
