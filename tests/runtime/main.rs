//! The handler's server, called as a host and a service would call it.
//!
//! The other side is a recorder: it answers REST calls as it is told and keeps what came. What the service does with
//! the answers is tested elsewhere, with official clients.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod callers;
mod extension;
mod handover;
mod identity;
mod logs;
mod outcomes;
mod sending;
mod service;
mod start;
mod support;
mod tenant;
