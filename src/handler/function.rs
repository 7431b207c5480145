//! A handler after registration: erased to a call, with the place where it was registered.

use std::any::type_name;
use std::panic::{AssertUnwindSafe, Location};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt as _;

use super::{
    Answer, Arguments, Context, Event, EventKind, Failure, Invocation, Kind, Needs, Reply, Shape,
    Shared,
};
use crate::io::{Io, Outbox, Scope};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Run<K> = Box<dyn Fn(Context<K>) -> BoxFuture<Result<Answer, Failure>> + Send + Sync>;

/// A registered handler.
pub struct Function<K: Kind> {
    run: Run<K>,
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
        let run: Run<K> = Box::new(move |mut context| {
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

    /// Runs the handler with an outbox of its own, and hands back what it put there: whether and how that is sent is
    /// another's business.
    pub async fn run_in(
        &self,
        scope: Scope,
        input: K::Input,
        shared: Arc<Shared>,
        invocation: Invocation,
    ) -> (Result<Answer, Failure>, Outbox) {
        let io = Io::new(scope);
        let context = Context {
            input,
            shared,
            io: io.clone(),
            invocation,
        };
        let outcome = self.call(context).await;
        (outcome, io.close())
    }

    /// Runs the handler until its deadline at the most. A panic is a failure like any other and ends nothing else.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn call(&self, context: Context<K>) -> Result<Answer, Failure> {
        let deadline = context.invocation.deadline;
        // The call itself can panic too: a handler may do work before its first await.
        let run = AssertUnwindSafe(async {
            context.shared.ready().await;
            (self.run)(context).await
        });
        match tokio::time::timeout_at(deadline.instant(), run.catch_unwind()).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(Failure::Panic(text_of(panic.as_ref()))),
            Err(_) => Err(Failure::Deadline(deadline.limit())),
        }
    }
}

/// Whether the parameters of a type contain bytes, by the types' names. There is no better way to look into a type that
/// only has to be serialisable, and a wrong guess does nothing worse than a missing warning.
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
    inner[..end.unwrap_or(inner.len())].contains("bytes::Bytes")
}

/// What a panic said.
pub(super) fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
        .to_owned()
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
