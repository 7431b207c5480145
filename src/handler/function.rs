//! A handler after registration: erased to a call, with the place where it was registered.

use std::any::type_name;
use std::panic::Location;
use std::sync::Arc;

use super::running::{Run, Running};
use super::{Arguments, Context, Event, EventKind, Invocation, Kind, Needs, Reply, Shape, Shared};
use crate::io::{Io, Scope};

type Start<K> = Box<dyn Fn(Context<K>) -> Run + Send + Sync>;

/// A registered handler.
pub struct Function<K: Kind> {
    run: Start<K>,
    /// What its arguments ask of the app.
    pub needs: Needs,
    /// Where it was registered.
    pub place: &'static Location<'static>,
}

impl<K: Kind> std::fmt::Debug for Function<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} handler registered at {}", K::NAME, self.place)
    }
}

impl<K: Kind> Function<K> {
    /// Takes an async function whose arguments and reply fit the kind.
    pub fn new<H, A>(handler: H, place: &'static Location<'static>) -> Self
    where
        H: Shape<A, Output: Reply<K>>,
        A: Arguments<K>,
    {
        let mut needs = Needs::default();
        A::needs(&mut needs);
        needs.binary =
            has_bytes(type_name::<A>(), "::Args<") || has_bytes(type_name::<H::Output>(), "::Ack<");
        let run: Start<K> = Box::new(move |mut context| {
            let handler = handler.clone();
            Box::pin(async move {
                let arguments = A::extract(&mut context)?;
                drop(context);
                handler.run(arguments).await.reply()
            })
        });
        Self { run, needs, place }
    }

    /// The same as a handler of events, whichever event it was made for.
    #[must_use]
    pub fn into_event(self) -> Function<Event>
    where
        K: EventKind,
    {
        let run = self.run;
        Function {
            run: Box::new(move |context: Context<Event>| {
                run(Context {
                    input: context.input,
                    shared: context.shared,
                    io: context.io,
                    invocation: context.invocation,
                })
            }),
            needs: self.needs,
            place: self.place,
        }
    }

    /// Starts the handler with an outbox of its own.
    pub(crate) fn start(
        &self,
        scope: Scope,
        input: K::Input,
        shared: Arc<Shared>,
        invocation: Invocation,
    ) -> Running {
        let context = Context {
            input,
            shared,
            io: Io::new(scope),
            invocation,
        };
        Running::start(&self.run, context)
    }
}

/// Whether the parameters of a type contain bytes, by the types' names. There is no better way to look into a type that
/// only has to be serialisable. Bytes that are not found fail the event where they cannot be passed; what is wrongly taken
/// for bytes is refused in extension mode, so the whole path counts.
fn has_bytes(name: &str, outer: &str) -> bool {
    let inner = name.split_once(outer).map_or("", |(_, inner)| inner);
    let mut depth = 1;
    let end = inner.find(|c| {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let inner = &inner[..end.unwrap_or(inner.len())];
    let mut paths = inner.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    paths.any(|path| path == std::any::type_name::<bytes::Bytes>())
}

/// Whatever can be registered as a handler of kind `K`: async functions, and ready-made ones such as pages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a handler of kind `{K}`",
    label = "not an async function of at most eight arguments",
    note = "a handler is `async fn(arguments…) -> reply`, and `Clone + Send + Sync + 'static` with a future that is `Send`"
)]
pub trait IntoFunction<K: Kind, A> {
    /// Makes the handler.
    fn into_function(self, place: &'static Location<'static>) -> Function<K>;
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
    fn into_function(self, place: &'static Location<'static>) -> Function<K> {
        Function::new(self, place)
    }
}
