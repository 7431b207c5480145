//! The HTTP front: which part of the host answers a request (docs/contracts/functions-host.md, "Order of decisions").
//!
//! [`answer`] is the way in. `plan` decides from the request and the app what is done; the other modules do it: `home`,
//! `admin` and `webhook` for the host's own paths, `invoke` for functions, in the mode that the plan says. `timers` and
//! `queues` invoke functions without a request.

mod admin;
mod attempts;
mod context;
mod cors;
mod door;
mod effects;
mod entrance;
mod envelope_call;
mod head;
mod home;
mod invoke;
mod outcome;
mod page;
mod passed;
mod plan;
mod queues;
mod redirects;
mod reload;
mod response;
mod running;
mod serve;
mod streamed;
mod timers;
mod webhook;

pub(crate) use context::Context;
pub(crate) use cors::Cors;
pub(crate) use entrance::Entrance;
pub(crate) use queues::run as run_queue;
pub(crate) use serve::answer;
pub(crate) use timers::run as run_timer;
