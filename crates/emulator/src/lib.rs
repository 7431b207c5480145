//! An emulator of Azure Web PubSub for Socket.IO in serverless mode.
//!
//! Unmodified Socket.IO clients connect to it, an unmodified function app is called by it, and unmodified SDKs call its
//! REST API. It listens on one port for all of them.
//!
//! ```text
//!  clients ── Engine.IO ──▶ transport ──▶ connection ──▶ webhook ──▶ function app
//!                               ▲             ▲                          │
//!                               └── payload ──┴──── hub ◀──── rest ◀─────┘
//! ```
//!
//! What to read in which order:
//!
//! | module | what |
//! |---|---|
//! | `emulator` | [`Emulator`] and its [`Builder`]: starting and stopping |
//! | `front`, `received`, `clients` | the doors: which request is whose, unread bodies, tokens, CORS |
//! | [`transport`] | Engine.IO, usable without the rest |
//! | `connection` | one client: its sockets, its queue of events, what is sent to it |
//! | `core` | what every part needs |
//! | `roster`, `hub`, `service` | who is there, and in which groups; a hub; all of them |
//! | `webhook` | telling the function app, and reading its answers |
//! | `rest` | the data plane that functions and SDKs call |
//! | `filter` | the OData filters in those calls |
//! | `payload` | what travels to clients |
//! | [`settings`] | every duration, limit and undetermined choice |
//! | `config` | the configuration file |
//! | `inspector`, `faults` | the page at `/`, the control API, what goes wrong on demand |
//! | `hops`, `recorder` | a timeline of everything for listeners, and its last part |
//!
//! What it is not: a service for production. It keeps everything in memory, has no TLS, and follows the documented and
//! observed behaviour of the real service without being derived from it.

mod causes;
mod client_endpoint;
mod clock;
mod config;
mod connection;
mod core;
mod emulator;
mod faults;
mod filter;
mod front;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod hops;
mod hub;
mod inspector;
mod payload;
mod received;
mod recorder;
mod rest;
mod roster;
mod service;
pub mod settings;
mod step;
pub mod transport;
mod webhook;

pub use clock::Clock;
pub use config::{Config, ConfigError};
pub use emulator::{Builder, DEFAULT_UPSTREAM, DEVELOPMENT_KEY, Emulator, StartError};
#[doc(inline)]
pub use settings::{OnEventFailure, SettingError, Settings, TransportSettings, WebhookSettings};

pub use hops::{Hop, HopKind, WebhookOutcome};
pub use recorder::{Inspector, Link};
pub use webhook::{EventHandler, HubPolicy, TemplateError};
