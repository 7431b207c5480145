//! A handler after registration: erased to a call, with the place where it was registered.

use std::panic::Location;
use std::sync::Arc;

use super::middleware::Layer;
use super::running::{Running, Start};
use super::{Arguments, Context, Event, EventKind, Invocation, Kind, Needs, Reply, Shape, Shared};
use crate::io::{Io, Scope};

/// A registered handler.
pub struct Function<K: Kind> {
    pub(super) run: Start<K>,
    /// What its arguments ask of the app.
    pub(crate) needs: Needs,
    /// Where it was registered.
    pub(crate) place: &'static Location<'static>,
    /// What it was registered as, for middleware.
    pub(super) name: Arc<str>,
    /// The middleware around it, outermost first.
    pub(super) layers: Arc<[Layer]>,
}

impl<K: Kind> std::fmt::Debug for Function<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} handler registered at {}", K::KIND, self.place)
    }
}

impl<K: Kind> Function<K> {
    /// Takes an async function whose arguments and reply fit the kind.
    pub(crate) fn new<H, A>(handler: H, place: &'static Location<'static>) -> Self
    where
        H: Shape<A, Output: Reply<K>, Future: Send>,
        A: Arguments<K>,
    {
        let mut needs = Needs::default();
        A::needs(&mut needs);
        let run: Start<K> = Arc::new(move |mut context| {
            let handler = handler.clone();
            Box::pin(async move {
                let arguments = A::extract(&mut context).await?;
                drop(context);
                handler.run(arguments).await.reply()
            })
        });
        Self {
            run,
            needs,
            place,
            name: Arc::from(""),
            layers: Arc::from([]),
        }
    }

    /// The same as a handler of events, whichever event it was made for.
    #[must_use]
    pub(crate) fn into_event(self) -> Function<Event>
    where
        K: EventKind,
    {
        let run = self.run;
        Function {
            run: Arc::new(move |context: Context<Event>| {
                run(Context {
                    input: context.input,
                    shared: context.shared,
                    io: context.io,
                    invocation: context.invocation,
                    extensions: context.extensions,
                })
            }),
            needs: self.needs,
            place: self.place,
            name: self.name,
            layers: self.layers,
        }
    }

    /// The same under a name, with this middleware around it.
    #[must_use]
    pub(crate) fn within(mut self, name: &str, layers: &Arc<[Layer]>) -> Self {
        self.name = name.into();
        self.layers = layers.clone();
        self
    }

    /// Starts the handler with an outbox of its own.
    pub(crate) fn invoke(
        &self,
        scope: Scope,
        input: K::Input,
        shared: Arc<Shared>,
        invocation: Invocation,
    ) -> Running {
        if !self.layers.is_empty() {
            let around = (self.name.clone(), self.layers.clone());
            return Running::layered(self.run.clone(), around, scope, input, shared, invocation);
        }
        let context = Context {
            input,
            shared,
            io: Io::new(scope),
            invocation,
            extensions: http::Extensions::new(),
        };
        Running::plain(&*self.run, context)
    }
}

/// Whatever can be registered as a handler of kind `K`: async functions, and ready-made ones such as pages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a handler of kind `{K}`",
    label = "not an async function of at most eight arguments",
    note = "a handler is `async fn(arguments…) -> reply`, and `Clone + Send + Sync + 'static`"
)]
pub trait IntoFunction<K: Kind, A> {
    /// The future of the author's function, which must be `Send`.
    type Future;

    /// Makes the handler.
    #[doc(hidden)]
    fn into_function(self, place: &'static Location<'static>) -> Function<K>
    where
        Self::Future: Send;
}

/// Marks ready-made handlers in [`IntoFunction`].
#[derive(Debug)]
pub enum Ready {}

/// Marks async functions in [`IntoFunction`], so that they cannot collide with ready-made handlers.
#[derive(Debug)]
pub enum Async {}

impl<K, H, A> IntoFunction<K, (Async, A)> for H
where
    K: Kind,
    H: Shape<A, Output: Reply<K>>,
    A: Arguments<K>,
{
    type Future = H::Future;

    fn into_function(self, place: &'static Location<'static>) -> Function<K>
    where
        H::Future: Send,
    {
        Function::new(self, place)
    }
}
