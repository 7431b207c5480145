//! The service emulator, driven by raw protocol clients.
//!
//! Names begin with the number of the case in the service contract, "Conformance list", where there is one.

mod clients;
mod connect;
mod disconnect;
mod engine;
mod events;
mod limits;
mod rest;
mod stub;
mod tokens;
mod webhook;
mod world;
