//! One line for each hop of an event: client packet, webhook, function, outputs, delivery.

use std::fmt::Display;
use std::time::Duration;

use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::terminal;

/// How many hops may wait to be printed before the oldest are left out.
pub(crate) const BACKLOG: usize = 4096;

/// How long the last lines may take when a command ends.
const LAST_LINES: Duration = Duration::from_millis(200);

/// One side's hops on their way to stderr.
pub(crate) struct Timeline {
    task: JoinHandle<()>,
    /// Answered when nothing waits to be printed.
    marks: mpsc::UnboundedSender<oneshot::Sender<()>>,
}

impl Timeline {
    /// Prints the hops for which `shown` holds; `side` stands in front where two sides share the terminal.
    pub(crate) fn follow<H>(
        side: &'static str,
        mut hops: Receiver<H>,
        shown: fn(&H) -> bool,
    ) -> Self
    where
        H: Display + Clone + Send + 'static,
    {
        let (marks, mut marked) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
        let task = tokio::spawn(async move {
            loop {
                let hop = tokio::select! {
                    // What waits is printed before a mark is answered.
                    biased;
                    hop = hops.recv() => hop,
                    Some(mark) = marked.recv() => {
                        let _ = mark.send(());
                        continue;
                    }
                };
                match hop {
                    Ok(hop) if shown(&hop) => line(side, hop),
                    Ok(_) => {}
                    Err(RecvError::Lagged(missed)) => {
                        line(side, format_args!("… {missed} lines left out"));
                    }
                    Err(RecvError::Closed) => return,
                }
            }
        });
        Self { task, marks }
    }

    /// Waits until every hop so far is printed, so that what is said next stands below it.
    pub(crate) async fn caught_up(&self) {
        let (mark, printed) = oneshot::channel();
        if self.marks.send(mark).is_ok() {
            // Without an answer the task has ended, with everything printed.
            let _ = printed.await;
        }
    }

    /// Waits for the last lines. The side has ended, or is about to.
    pub(crate) async fn end(self) {
        let abort = self.task.abort_handle();
        if tokio::time::timeout(LAST_LINES, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// Whether the timeline shows a hop of the host. Giving up ends the command, which then says why.
pub(crate) fn of_host(hop: &sio_host::Hop) -> bool {
    !matches!(hop, sio_host::Hop::GaveUp(_))
}

/// Writes a line, under its side where there are two.
fn line(side: &str, text: impl Display) {
    if side.is_empty() {
        terminal::tell(text);
    } else {
        terminal::under(side, text);
    }
}
