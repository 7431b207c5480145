//! The host stand-in, with real handlers in Node and Python on the other side: a stand-in of ours does not vouch for
//! a runtime of ours.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its helpers too"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "`json!` is written where it is given"
)]

mod answers;
mod auth;
mod door;
mod envelope;
mod front;
mod kit;
mod loading;
mod passthrough;
mod platform;
mod process;
mod queue;
mod recording;
mod reload;
mod retry;
mod routing;
mod socketio;
mod start;
mod timer;
