//! The handler's server, called as a host and a service would call it.
//!
//! The other side is a recorder: it answers REST calls as it is told and keeps what came. What the service does with
//! the answers is tested elsewhere, with official clients.

#![expect(
    clippy::unwrap_used,
    reason = "this is a test program, its helpers included"
)]

mod arguments;
mod bad_input;
mod bearer;
mod callers;
mod contract;
mod extension;
mod handover;
mod hosted;
mod identity;
mod listing;
mod logs;
mod middleware;
mod negotiation;
mod outcomes;
mod policy;
mod responses;
mod sending;
mod service;
mod services;
mod sockets;
mod start;
mod state;
mod strangers;
mod support;
mod tenant;
mod triggers;
mod warnings;
mod ways_in;
mod world;
