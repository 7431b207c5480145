//! The service emulator, driven by raw protocol clients.
//!
//! Names begin with the number of the case in the service contract, "Conformance list", where there is one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says where, in its helpers too"
)]

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
mod rest;
mod rest_rules;
mod rooms;
mod stub;
mod tokens;
mod upgrade;
mod webhook;
mod world;
