//! Kinds of invocation, and the traits between a plain async function and the runtime.
//!
//! A handler is resolved in two steps, so that the compiler's errors name the culprit. [`Shape`] looks at the function
//! alone and infers its arguments; [`Arguments`] then asks of each whether it fits the [`Kind`]. What can be an
//! argument implements [`Extract`] for that kind, what can be returned implements [`Reply`].

mod answer;
mod context;
mod function;
mod grant;
mod http;
mod input;
mod invocation;
mod kind;
mod outputs;
mod running;
mod state;
mod traits;
mod trigger;

pub use answer::{Answer, Failure, Rejection};
pub use context::{Context, Shared};
pub use function::{Async, Function, IntoFunction, Ready};
pub use grant::Grant;
pub use http::{PlatformClaim, PlatformIdentity, Request, Response};
pub use input::{Detail, EventInput, SocketInput};
pub use invocation::{Deadline, Invocation, InvocationId};
pub use kind::{
    Connect, Connected, Disconnected, Event, EventKind, Http, Kind, Negotiate, Queue, Raw,
    RefusalMeans, RequestKind, SocketKind, Timer, TriggerKind, Typed,
};
pub use outputs::{Output, Outputs};
pub(crate) use running::Running;
pub use state::{MakeState, StateError};
pub use traits::{Arguments, Extract, Needs, Reply, Shape};
pub use trigger::{Payload, TriggerInput};
