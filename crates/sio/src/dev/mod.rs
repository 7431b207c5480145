//! `sio dev`: service emulator, host stand-in and the project's handler with one command.
//!
//! The order matters: ports are taken first, since the slowest step (building) should not end in "port taken", and say
//! that something is being built; then the handler is built and staged; then the host starts it with the emulator's
//! connection string; then the emulator is told where the webhook is. Where the project connects by identity, there is
//! a stand-in for that too.

mod app;
mod args;
mod building;
mod identity;
mod service;
mod stack;
mod start;
mod watch;

use crate::stop::Stop;

pub(crate) use args::Args;

/// Runs everything until it is stopped or the handler cannot be kept running.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    tokio::select! {
        stopped = stop.requested() => stopped,
        stack = start::start(args) => stack?.run(&mut stop).await,
    }
}
