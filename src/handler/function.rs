//! A handler after registration: erased to a call, with the place where it was registered.

use std::any::type_name;
use std::panic::{AssertUnwindSafe, Location};
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::{Answer, Arguments, Context, Failure, Kind, Needs, Reply, Shape};

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

    /// Runs the handler, for at most `deadline`. A panic is a failure like any other and ends nothing else.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn call(&self, context: Context<K>, deadline: Duration) -> Result<Answer, Failure> {
        // The call itself can panic too: a handler may do work before its first await.
        let run = AssertUnwindSafe(async { (self.run)(context).await }).catch_unwind();
        match tokio::time::timeout(deadline, run).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(Failure::Panic(text_of(panic.as_ref()))),
            Err(_) => Err(Failure::Deadline(deadline)),
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

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
        .to_owned()
}

/// Whatever can be registered as a handler of kind `K`: async functions, and ready-made ones such as pages.
pub trait IntoFunction<K: Kind, A> {
    /// Makes the handler.
    fn into_function(self, place: &'static Location<'static>) -> Function<K>;
}

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
