//! A handler at work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Duration;

use futures_util::FutureExt as _;

use super::middleware::{Call, Inner, Layer, Next};
use super::panic::text_of;
use super::{
    Answer, Context, Deadline, Failure, Invocation, InvocationKind, Kind, Outcome, Shared,
};
use crate::io::{Io, Outbox, Scope};

/// A handler's own future.
pub(super) type Run = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;

/// Starts a handler in a context.
pub(super) type Start<K> = Arc<dyn Fn(Context<K>) -> Run + Send + Sync>;

/// How long middleware may go on after the deadline of its handler, to see that it was missed.
const MIDDLEWARE_GRACE: Duration = Duration::from_millis(500);

/// A handler that has been started with an outbox of its own: until its deadline at the most, then there is what it has
/// answered and emitted. A panic is a failure like any other and ends nothing else.
///
/// It is boxed, so that whatever waits for it does not have the size of the handler and its arguments.
#[must_use = "a handler does nothing before its end is awaited"]
pub(crate) struct Running(Pin<Box<dyn Future<Output = Outcome> + Send>>);

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a running handler")
    }
}

impl Running {
    /// Starts a handler without middleware, in a context.
    pub(super) fn plain<K: Kind>(run: impl Fn(Context<K>) -> Run, context: Context<K>) -> Self {
        let shared = context.shared.clone();
        let io = context.io.clone();
        let deadline = context.invocation.deadline;
        // What a handler has captured is cloned here, which can panic as the handler itself can.
        let run = catch_unwind(AssertUnwindSafe(|| run(context)));
        Self(Box::pin(outcome(K::KIND, run, shared, io, deadline)))
    }

    /// Starts a handler inside of its middleware.
    pub(super) fn layered<K: Kind>(
        run: Start<K>,
        (name, layers): (Arc<str>, Arc<[Layer]>),
        scope: Scope,
        input: K::Input,
        shared: Arc<Shared>,
        invocation: Invocation,
    ) -> Self {
        let deadline = invocation.deadline;
        let call = Call {
            kind: K::KIND,
            function: name,
            source: K::source(&input),
            id: invocation.id.clone(),
            deadline,
            shared: shared.clone(),
            extensions: http::Extensions::new(),
        };
        let everything = shared.clone();
        let inner: Inner = Arc::new(move |extensions| {
            let context = Context {
                input: input.clone(),
                shared: shared.clone(),
                io: Io::new(scope.clone()),
                invocation: invocation.clone(),
                extensions,
            };
            Box::pin(Self::plain(&*run, context))
        });
        let next = Next {
            layers,
            at: 0,
            inner,
        };
        Self(Box::pin(through_layers(
            K::KIND,
            everything,
            next,
            call,
            deadline,
        )))
    }
}

impl Future for Running {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Outcome> {
        self.0.as_mut().poll(context)
    }
}

/// Waits for the end of a handler.
async fn outcome(
    kind: InvocationKind,
    run: std::thread::Result<Run>,
    shared: Arc<Shared>,
    io: Io,
    deadline: Deadline,
) -> Outcome {
    let result = match run {
        Ok(run) => until_deadline(run, &shared, deadline).await,
        Err(panic) => Err(Failure::Panicked(text_of(panic.as_ref()))),
    };
    Outcome::new(kind, result, io.close())
}

async fn until_deadline(
    mut run: Run,
    shared: &Shared,
    deadline: Deadline,
) -> Result<Answer, Failure> {
    let running = AssertUnwindSafe(async {
        shared.ready().await;
        run.as_mut().await
    });
    match tokio::time::timeout_at(deadline.instant(), running.catch_unwind()).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(Failure::Panicked(text_of(panic.as_ref()))),
        Err(_) => {
            // What the handler holds ends here, and can panic in doing so.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(run))) {
                tracing::error!(
                    "the handler was too slow, and panicked when it was ended: {}",
                    text_of(panic.as_ref())
                );
            }
            Err(Failure::TimedOut(deadline.limit()))
        }
    }
}

/// Runs middleware, which can panic or take too long as its handler can.
async fn through_layers(
    kind: InvocationKind,
    shared: Arc<Shared>,
    next: Next,
    call: Call,
    deadline: Deadline,
) -> Outcome {
    let running = AssertUnwindSafe(async {
        shared.ready().await;
        next.run(call).await
    });
    let latest = deadline.instant() + MIDDLEWARE_GRACE;
    let failure = match tokio::time::timeout_at(latest, running.catch_unwind()).await {
        Ok(Ok(outcome)) => return outcome,
        Ok(Err(panic)) => Failure::Panicked(text_of(panic.as_ref())),
        Err(_) => Failure::TimedOut(deadline.limit()),
    };
    Outcome::new(kind, Err(failure), Outbox::default())
}
