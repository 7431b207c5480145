//! The host stand-in, with real handlers in Node and Python on the other side: a stand-in of ours does not vouch for
//! a runtime of ours.

mod answers;
mod envelope;
mod front;
mod kit;
mod loading;
mod passthrough;
mod process;
mod routing;
