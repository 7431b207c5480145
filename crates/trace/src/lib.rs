//! One trace per event: from a client's packet through webhook, host and handler to what other clients receive.
//!
//! The service emulator and the host stand-in report [`Step`]s. Steps with the same key belong together; [`Traces`] keeps
//! the last ones and [`Summary`] says what became of each, for the terminal, the inspector's page and recordings alike.
//! Everything here is a function from values to values: no I/O, no clock.
//!
//! | module | what |
//! |---|---|
//! | [`id`] | the id that joins the steps: W3C Trace Context |
//! | [`step`] | one thing that happened |
//! | [`packet`] | arguments of events and acknowledgements, read from payloads for people |
//! | [`audience`] | groups and filters in words |
//! | [`summary`] | what became of an event |
//! | [`outcome`] | how a trace went, in a word |
//! | [`finding`] | what went wrong although every status said success |
//! | [`filter`] | which traces are shown |
//! | [`traces`] | the last traces, in bounded memory |

pub mod audience;
pub mod filter;
pub mod finding;
mod findings;
mod gathered;
pub mod id;
pub mod outcome;
pub mod packet;
pub mod step;
mod subject;
pub mod summary;
pub mod traces;

pub use filter::Filter;
pub use finding::{Finding, Level};
pub use id::TraceId;
pub use outcome::Outcome;
pub use step::{Step, What};
pub use summary::{Sent, Subject, Summary};
pub use traces::{Changed, Trace, Traces};
