//! The handler's process: starting it, watching it, starting it again, ending it.

mod client;
mod command_line;
mod console;
mod error;
mod executable;
mod family;
mod free_port;
mod gate;
mod readiness;
mod restarts;
mod running;
mod supervisor;

pub(crate) use client::Reusable;
pub use error::HandlerError;
pub use executable::ExecutableError;
pub(crate) use free_port::find as free_port;
pub(crate) use gate::{Gate, Pass, Worker};
pub(crate) use supervisor::{DRAIN, Plan, Supervisor, Target};
