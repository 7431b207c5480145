//! A stand-in for the Azure Functions host, for custom handlers in any language.
//!
//! A *custom handler* is a program that the Functions host starts and then calls over HTTP. This host does the same on
//! a developer's machine, without .NET, extension bundles or a storage account:
//!
//! ```no_run
//! # async fn example() -> Result<(), sio_host::StartError> {
//! let host = sio_host::Host::builder("function-app").start().await?;
//! println!("{} serves {} functions", host.url(), host.functions().len());
//! host.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! What it does follows docs/contracts/functions-host.md, whose section titles are cited where they are implemented:
//!
//! - `app` reads host.json, the function folders and local.settings.json as forgivingly as the host does;
//! - `process` starts the handler, waits until it answers, restarts it by the host's rules, and leaves none behind;
//! - `routing` decides which function answers a request;
//! - `invocation` is default mode: the JSON envelope out, the answer back, with all its traps;
//! - `passthrough` is forwarding and proxying;
//! - `extension` is what an extension adds: bindings and a webhook; `socketio` is the one there is;
//! - `recording` keeps what the handler was asked and what it answered;
//! - `queue` is storage queues in memory, from outputs of the app to its triggers;
//! - `timer` is schedules and what is remembered of them;
//! - `auth` is keys and what each allows;
//! - `platform` is what App Service puts around an app: sign-in, and an identity for the app;
//! - `front` is what a caller sees: it plans what is done about a request, and does it.
//!
//! Every event is a [`Hop`]. Where the host is unhelpful (it hides why a handler does not start, and drops values
//! without a word) this one warns.
//!
//! Recordings of the original host are the judge of what is done here. A fact that they leave open stands in one place
//! of the code, with the word "unconfirmed" beside it.
//!
//! Limits: HTTP, timer and Socket.IO triggers fire by themselves, queue triggers for what the same app puts into their
//! queues, any other only through `POST /admin/functions/{name}`; outputs other than `http` and `socketio` are shown in
//! the timeline and go nowhere else; inputs other than `socketionegotiation` are null; Socket.IO connections by
//! identity need [`Builder::identities`]; without [`Builder::enable_auth`] every caller has the authority of the master key, as under Core Tools. Timers go by the app
//! setting `WEBSITE_TIME_ZONE` and else by UTC, wherever this machine is.

mod app;
mod auth;
mod builder;
mod call;
mod clock;
mod config;
mod error;
mod escapes;
mod extension;
mod front;
mod function_info;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod growth;
mod hop;
mod host;
mod invocation;
mod json;
mod level;
mod load;
mod passthrough;
mod platform;
mod process;
mod program;
mod queue;
mod recording;
mod reload;
mod routes;
mod routing;
mod snapshot;
mod socketio;
mod time_span;
mod timer;
mod warnings;
mod watch;

pub use app::FileError;
pub use auth::{Key, KeyScope};
pub use builder::Builder;
pub use call::{Call, ClientEvent, Mode};
pub use clock::Clock;
pub use config::Framing;
pub use error::StartError;
pub use function_info::FunctionInfo;
pub use hop::Hop;
pub use host::Host;
pub use level::Level;
pub use platform::{SignIn, Tenant, TenantError};
pub use process::{ExecutableError, HandlerError};
pub use program::{Machine, Program};
pub use recording::{RecordedAnswer, RecordedBody, Recording};
pub use socketio::Identity;
