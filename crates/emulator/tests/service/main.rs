//! The service emulator, driven by raw protocol clients.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

mod bounds;
mod cases;
mod choices;
mod clients;
mod connect;
mod disconnect;
mod engine;
mod events;
mod inspector;
mod invoke;
mod limits;
mod load;
mod polling;
mod reference;
mod rest;
mod rest_rules;
mod rooms;
mod stub;
mod tokens;
mod upgrade;
mod webhook;
mod world;

use std::time::Duration;

/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
