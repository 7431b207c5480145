//! What an app consists of: hubs with their handlers, HTTP functions, shared state.
//!
//! The list of registrations is the app's only description; [`manifest`] derives every `function.json` from it.

mod alias;
mod build;
mod builder;
mod check;
mod event_function;
mod event_key;
mod host_json;
mod http_function;
mod hub;
#[doc(hidden)]
pub mod manifest;
mod on_error;
mod registry;
mod route;
mod schedule;
mod trigger;
mod typescript;

pub(crate) use alias::{Alias, refuse_aliases};
pub use builder::App;
pub use check::BuildError;
pub(crate) use event_function::EventFunction;
#[doc(hidden)]
pub use event_key::EventKey;
pub(crate) use host_json::problems as host_json_problems;
pub(crate) use http_function::{HttpFunction, HttpRole};
pub(crate) use hub::Contract;
pub use hub::{Handlers, Hub};
pub use manifest::Bindings;
pub use on_error::OnError;
#[doc(hidden)]
pub use registry::Registry;
pub(crate) use registry::{HubTable, NamespaceTable, Place, WEBHOOK};
pub use route::{AuthLevel, Route};
pub(crate) use trigger::{TriggerFunction, TriggerRole};
