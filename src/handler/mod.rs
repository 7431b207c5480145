//! Kinds of invocation, and the traits between a plain async function and the runtime.
//!
//! A handler is resolved in two steps, so that the compiler's errors name the culprit. [`Shape`] looks at the function
//! alone and infers its arguments; [`Arguments`] then asks of each whether it fits the [`Kind`]. What can be an
//! argument implements [`Extract`] for that kind, what can be returned implements [`Reply`].

#![expect(
    unreachable_pub,
    reason = "public traits mention these types, which authors have no need to name"
)]

mod answer;
mod context;
mod failure;
mod function;
mod grant;
mod http;
mod input;
mod invocation;
mod kind;
mod middleware;
mod outcome;
mod outputs;
mod panic;
mod refusal;
mod rejection;
mod running;
mod source;
mod state;
mod traits;
mod trigger;

pub use answer::Answer;
pub use context::{Context, Shared};
pub use failure::Failure;
pub(crate) use failure::UNACKED;
pub use function::{Function, IntoFunction, Ready};
pub use grant::Grant;
pub use http::{PlatformIdentity, Request, Response};
pub use input::{Detail, EventInput, SocketInput};
pub use invocation::{Deadline, Invocation, InvocationId};
pub use kind::{
    Caller, ClientKind, Connect, Connected, Disconnected, Event, EventKind, Http, InvocationKind,
    JoinedKind, Kind, Negotiate, Queue, Raw, RequestKind, SocketKind, Timer, TriggerKind, Typed,
};
pub(crate) use middleware::Layer;
pub use middleware::{Call, Middleware, Next};
pub use outcome::Outcome;
pub use outputs::{Output, Outputs};
pub use refusal::Refusal;
pub use rejection::Rejection;
pub(crate) use running::Running;
pub use source::Source;
pub use state::{MakeState, StateError};
pub use traits::{Arguments, Extract, Needs, Reply, Shape};
pub use trigger::{Payload, TriggerInput};
