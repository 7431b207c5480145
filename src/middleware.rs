//! Code around handlers: what every event, request, timer and queue message passes on its way.
//!
//! A middleware is an async function from a [`Call`] and the [`Next`] of it to an [`Outcome`]. It is layered on an
//! [app](crate::App::layer), a [hub](crate::Hub::layer) or a [namespace](crate::app::Handlers::layer), and applies to
//! everything there, wherever it is written. The first one written is the outermost; those of the app are outside of
//! those of the hub, and these outside of those of the namespace.
//!
//! ```
//! use socketio_functions::prelude::*;
//!
//! /// Only admins do anything in this namespace.
//! async fn admins_only(call: Call, next: Next) -> Outcome {
//!     match call.user() {
//!         Some(user) if user.as_str().starts_with("admin:") => next.run(call).await,
//!         _ => call.refuse(Refusal::new("For admins only.")),
//!     }
//! }
//!
//! /// One line for each invocation.
//! async fn audit(call: Call, next: Next) -> Outcome {
//!     let about = format!("{} {}", call.kind(), call.name());
//!     let started = std::time::Instant::now();
//!     let outcome = next.run(call).await;
//!     match outcome.failure() {
//!         None => tracing::info!("{about}: done in {:?}", started.elapsed()),
//!         Some(failure) => tracing::info!("{about}: {failure}"),
//!     }
//!     outcome
//! }
//!
//! async fn kick(Data(socket): Data<SocketId>, io: Io) {
//!     io.socket(socket).close();
//! }
//!
//! let hub = Hub::new("hub").namespace("/admin", |ns| ns.layer(admins_only).on("kick", kick));
//! let app = App::new().layer(audit).hub(hub);
//! # app.check().unwrap();
//! ```
//!
//! Middleware surrounds the extraction of arguments and the handler, for negotiation and `on_any` too. Requests that
//! are not from the service, validation requests, and unregistered events never reach it.
//!
//! [`Next::run`] can be called again, on a clone. Each run begins with an empty outbox, and only that of the outcome
//! which the outermost layer returns is sent, after that layer has returned. A send that fails shows in the log and in
//! the trace, not here.
//!
//! ```
//! # use socketio_functions::prelude::*;
//! use socketio_functions::middleware::Failure;
//!
//! /// Tries once more when the handler failed.
//! async fn twice(call: Call, next: Next) -> Outcome {
//!     let outcome = next.run(call.clone()).await;
//!     match outcome.failure() {
//!         Some(Failure::Failed(_)) => next.run(call).await,
//!         _ => outcome,
//!     }
//! }
//! # let _ = App::new().layer(twice);
//! ```
//!
//! Values that a middleware [inserts](Call::insert) are arguments of handlers, as
//! [`Extension`](crate::extract::Extension).

pub use crate::handler::{Call, Failure, InvocationKind, Middleware, Next, Outcome};
