//! Code around handlers: what every event, request or timer of an app, a hub or a namespace passes on its way.

use std::any::type_name;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use http::Extensions;
use sio_protocol::names::{Namespace, SocketId, UserId};

use super::{
    Deadline, Detail, Failure, InvocationId, InvocationKind, Outcome, Refusal, Request, Shared,
    SocketInput, Source,
};

type Pending = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A middleware, erased.
#[derive(Clone)]
pub(crate) struct Layer(Arc<dyn Fn(Call, Next) -> Pending + Send + Sync>);

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Layer")
    }
}

/// Extraction and handler, to be run any number of times.
pub(super) type Inner = Arc<dyn Fn(Extensions) -> Pending + Send + Sync>;

impl Layer {
    /// Erases a middleware.
    pub(crate) fn new(middleware: impl Middleware) -> Self {
        Self(Arc::new(move |call: Call, next| {
            let kind = call.kind();
            let pending = middleware.call(call, next);
            Box::pin(async move { pending.await.into_outcome(kind) })
        }))
    }
}

/// An async function from a [`Call`] and the [`Next`] of it to an [`Outcome`], or to a `Result` with one. Implemented for
/// all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a middleware",
    label = "not an async function of a call and the next layer",
    note = "a middleware is `async fn(call: Call, next: Next) -> Outcome`, or `-> Result<Outcome, E>`"
)]
pub trait Middleware: Send + Sync + 'static {
    /// What it returns.
    #[doc(hidden)]
    type Output: IntoOutcome;
    /// Calls it.
    #[doc(hidden)]
    fn call(&self, call: Call, next: Next) -> impl Future<Output = Self::Output> + Send + 'static;
}

impl<F, Fut> Middleware for F
where
    F: Fn(Call, Next) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoOutcome> + Send + 'static,
{
    type Output = Fut::Output;

    fn call(&self, call: Call, next: Next) -> impl Future<Output = Fut::Output> + Send + 'static {
        self(call, next)
    }
}

/// What a middleware can return.
pub trait IntoOutcome {
    /// The outcome.
    #[doc(hidden)]
    fn into_outcome(self, kind: InvocationKind) -> Outcome;
}

impl IntoOutcome for Outcome {
    fn into_outcome(self, _: InvocationKind) -> Outcome {
        self
    }
}

impl<E: Into<anyhow::Error>> IntoOutcome for Result<Outcome, E> {
    fn into_outcome(self, kind: InvocationKind) -> Outcome {
        self.unwrap_or_else(|error| Outcome::failed(kind, error.into()))
    }
}

/// An invocation on its way to its handler, as middleware sees it.
#[derive(Clone)]
pub struct Call {
    pub(super) kind: InvocationKind,
    pub(super) function: Arc<str>,
    pub(super) source: Source,
    pub(super) id: InvocationId,
    pub(super) deadline: Deadline,
    pub(super) shared: Arc<Shared>,
    pub(super) extensions: Extensions,
}

impl Call {
    /// What caused it.
    #[must_use]
    pub fn kind(&self) -> InvocationKind {
        self.kind
    }

    /// The name of what was registered: an event, `connect`, `connected`, `disconnected`, or a function. For
    /// `on_any` it is `*`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.function
    }

    /// The name of the event as the client wrote it.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        match &self.socket()?.detail {
            Detail::Event(event) => Some(&event.name),
            _ => None,
        }
    }

    /// The hub of the client's connection.
    #[must_use]
    pub fn hub(&self) -> Option<&str> {
        Some(self.socket()?.hub.as_str())
    }

    /// The namespace of the client's socket.
    #[must_use]
    pub fn namespace(&self) -> Option<&Namespace> {
        Some(&self.socket()?.namespace)
    }

    /// The id of the client's socket.
    #[must_use]
    pub fn socket_id(&self) -> Option<&SocketId> {
        Some(&self.socket()?.socket_id)
    }

    /// The user of the client's connection.
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        self.socket()?.user.as_ref()
    }

    /// The HTTP request.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.source {
            Source::Request(request) => Some(request),
            _ => None,
        }
    }

    /// The id that the host gave the invocation.
    #[must_use]
    pub fn id(&self) -> &InvocationId {
        &self.id
    }

    /// When the invocation must have ended.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// A value of the app's [state](crate::App::state).
    #[must_use]
    pub fn state<T: Clone + Send + Sync + 'static>(&self) -> Option<&T> {
        self.shared.get()
    }

    /// Adds a value for inner layers, and for handlers to take as [`Extension`](crate::extract::Extension): one of each
    /// type.
    pub fn insert<T: Clone + Send + Sync + 'static>(&mut self, value: T) {
        self.extensions.insert(value);
    }

    /// A value that this or an outer layer has added.
    #[must_use]
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<&T> {
        self.extensions.get()
    }

    /// The outcome in which the client gets this refusal, and no handler runs.
    #[must_use]
    pub fn refuse(&self, refusal: Refusal) -> Outcome {
        Outcome::failed(self.kind, Failure::Refused(Box::new(refusal)))
    }

    fn socket(&self) -> Option<&SocketInput> {
        match &self.source {
            Source::Socket(socket) => Some(socket),
            _ => None,
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("kind", &self.kind)
            .field("name", &self.function)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The layers inside of a middleware, with the handler in their midst.
#[derive(Clone)]
pub struct Next {
    pub(super) layers: Arc<[Layer]>,
    pub(super) at: usize,
    pub(super) inner: Inner,
}

impl Next {
    /// Runs the inner layers, then extraction and handler. A panic, an error and a missed deadline are outcomes, too.
    ///
    /// It can be called again, on a clone: each run begins with an empty outbox, and only that of the outcome which the
    /// outermost layer returns is sent.
    pub async fn run(&self, call: Call) -> Outcome {
        match self.layers.get(self.at) {
            Some(layer) => {
                let next = Self {
                    at: self.at + 1,
                    ..self.clone()
                };
                (layer.0)(call, next).await
            }
            None => (self.inner)(call.extensions).await,
        }
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", type_name::<Self>())
    }
}
