//! A handler at work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use futures_util::FutureExt as _;

use super::{Answer, Context, Deadline, Failure, Kind, Shared};
use crate::io::{Io, Outbox};

/// A handler's own future.
pub(super) type Run = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;

/// A handler that has been started with an outbox of its own: until its deadline at the most, then there is what it has
/// answered and put out. A panic is a failure like any other and ends nothing else.
///
/// It is boxed, so that whoever waits for it is not as large as the handler and what that has got.
#[must_use = "a handler does nothing before its end is awaited"]
pub(crate) struct Running(Pin<Box<dyn Future<Output = Ended> + Send>>);

/// What a handler has answered, and what it has put out: whether and how that is sent is another's business.
pub(super) type Ended = (Result<Answer, Failure>, Outbox);

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a running handler")
    }
}

impl Running {
    /// Starts a handler in a context.
    pub(super) fn start<K: Kind>(run: impl Fn(Context<K>) -> Run, context: Context<K>) -> Self {
        let shared = context.shared.clone();
        let io = context.io.clone();
        let deadline = context.invocation.deadline;
        // What a handler has captured is cloned here, which can panic as the handler itself can.
        let run = catch_unwind(AssertUnwindSafe(|| run(context)));
        Self(Box::pin(end(run, shared, io, deadline)))
    }
}

impl Future for Running {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Ended> {
        self.0.as_mut().poll(context)
    }
}

async fn end(
    run: std::thread::Result<Run>,
    shared: Arc<Shared>,
    io: Io,
    deadline: Deadline,
) -> Ended {
    let outcome = match run {
        Ok(run) => carried_out(run, &shared, deadline).await,
        Err(panic) => Err(Failure::Panic(text_of(panic.as_ref()))),
    };
    let outbox = io.close();
    match outcome {
        // Told no, and nothing has happened.
        Err(Failure::Refused(answer)) => {
            if !outbox.actions.is_empty() {
                tracing::debug!(
                    "not sent, because the handler refused: {} actions",
                    outbox.actions.len()
                );
            }
            (Ok(*answer), Outbox::default())
        }
        outcome => (outcome, outbox),
    }
}

async fn carried_out(mut run: Run, shared: &Shared, deadline: Deadline) -> Result<Answer, Failure> {
    let running = AssertUnwindSafe(async {
        shared.ready().await;
        run.as_mut().await
    });
    match tokio::time::timeout_at(deadline.instant(), running.catch_unwind()).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(Failure::Panic(text_of(panic.as_ref()))),
        Err(_) => {
            // What the handler holds ends here, and can panic in doing so.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(run))) {
                tracing::error!(
                    "the handler was too slow, and panicked when it was ended: {}",
                    text_of(panic.as_ref())
                );
            }
            Err(Failure::Deadline(deadline.limit()))
        }
    }
}

/// What a panic said.
pub(super) fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
        .to_owned()
}
